//! A store that is a bucket of S3, or of a server that speaks as S3 does.

use std::fs::File;
use std::io::{Read, Write};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::{HttpClient, HttpConnector};
use object_store::path::Path;
use object_store::{Attribute, Attributes, ClientOptions, ObjectStore, ObjectStoreExt, PutMultipartOptions, PutOptions, WriteMultipart};

use super::checksum::Running;
use super::spec::S3;
use super::{Content, Copied, Fail, Metadata, Stat, StorePath};

/// Bytes of one part of a large file; S3 wants at least 5 MiB.
const PART: usize = 8 << 20;

/// Parts on their way at once.
const PARTS_MAX: usize = 4;

/// The bucket.
#[derive(Debug, Clone)]
pub(super) struct Bucket {
    store: Arc<AmazonS3>,
    /// What stands before every path; empty or without a slash at either end.
    location: String,
}

impl Bucket {
    pub(super) fn open(location: &str, s3: &S3) -> Result<Bucket, String> {
        let scheme = if s3.secure { "https" } else { "http" };
        let endpoint = match s3.endpoint.contains("://") {
            true => s3.endpoint.clone(),
            false => format!("{scheme}://{}", s3.endpoint),
        };
        let builder = match (&s3.access_key, &s3.secret_key) {
            (Some(access), Some(secret)) => {
                AmazonS3Builder::new().with_access_key_id(access.reveal()).with_secret_access_key(secret.reveal())
            }
            (None, None) => AmazonS3Builder::from_env(),
            (Some(_), None) | (None, Some(_)) => return Err("of `access_key` and `secret_key` one is missing".to_string()),
        };
        let store = builder
            .with_endpoint(endpoint)
            .with_region("us-east-1")
            .with_bucket_name(&s3.bucket)
            .with_virtual_hosted_style_request(false)
            .with_allow_http(!s3.secure)
            .with_http_connector(Connector { proxy: s3.proxy_server.clone() })
            .build()
            .map_err(|error| error.to_string())?;
        Ok(Bucket { store: Arc::new(store), location: location.to_string() })
    }

    /// Returns the key of a path.
    fn key(&self, path: &StorePath) -> Result<Path, Fail> {
        let key = match self.location.is_empty() {
            true => path.to_string(),
            false => format!("{}/{path}", self.location),
        };
        Path::parse(key).map_err(|error| Fail::Other(error.to_string()))
    }

    pub(super) async fn stat(&self, path: &StorePath) -> Result<Option<Stat>, Fail> {
        let key = self.key(path)?;
        match self.store.head(&key).await {
            Ok(found) => return Ok(Some(Stat { size: found.size, is_folder: false })),
            Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(error.into()),
        }
        // A folder is what keys have in common.
        let first = self.store.list(Some(&key)).next().await.transpose()?;
        Ok(first.map(|_| Stat { size: 0, is_folder: true }))
    }

    pub(super) async fn put(&self, path: &StorePath, content: &Content<'_>, metadata: &Metadata) -> Result<u64, Fail> {
        let key = self.key(path)?;
        let attributes: Attributes = metadata.iter().map(|(name, value)| (Attribute::Metadata((*name).into()), value.clone())).collect();
        match content {
            Content::Bytes(bytes) => self.put_bytes(&key, bytes.to_vec().into(), attributes).await,
            Content::File(source) => {
                let mut file = File::open(source).map_err(Fail::Source)?;
                let size = file.metadata().map_err(Fail::Source)?.len();
                if size <= PART as u64 {
                    let mut bytes = Vec::new();
                    file.read_to_end(&mut bytes).map_err(Fail::Source)?;
                    return self.put_bytes(&key, bytes.into(), attributes).await;
                }
                self.put_parts(&key, file, attributes).await
            }
        }
    }

    async fn put_bytes(&self, key: &Path, bytes: Bytes, attributes: Attributes) -> Result<u64, Fail> {
        let size = bytes.len() as u64;
        self.store.put_opts(key, bytes.into(), PutOptions { attributes, ..PutOptions::default() }).await?;
        Ok(size)
    }

    /// Sends a large file in parts. It appears when the last one is there.
    async fn put_parts(&self, key: &Path, file: File, attributes: Attributes) -> Result<u64, Fail> {
        let options = PutMultipartOptions { attributes, ..PutMultipartOptions::default() };
        let upload = self.store.put_multipart_opts(key, options).await?;
        let mut parts = WriteMultipart::new_with_chunk_size(upload, PART);
        let (mut file, mut size) = (file, 0);
        loop {
            let (back, piece) = super::blocking(move || {
                let mut piece = Vec::with_capacity(PART);
                let read = (&mut file).take(PART as u64).read_to_end(&mut piece);
                (file, read.map(|_| piece))
            })
            .await;
            file = back;
            let piece = match piece {
                Ok(piece) => piece,
                Err(error) => {
                    parts.abort().await?;
                    return Err(Fail::Source(error));
                }
            };
            if piece.is_empty() {
                break;
            }
            size += piece.len() as u64;
            parts.wait_for_capacity(PARTS_MAX).await?;
            parts.put(piece.into());
        }
        parts.finish().await?;
        Ok(size)
    }

    pub(super) async fn get(&self, path: &StorePath, limit: Option<u64>) -> Result<Vec<u8>, Fail> {
        let found = self.store.get(&self.key(path)?).await?;
        match limit {
            Some(limit) if found.meta.size > limit => Err(Fail::Size(found.meta.size)),
            _ => Ok(found.bytes().await?.into()),
        }
    }

    pub(super) async fn copy(&self, path: &StorePath, out: &mut File, running: &mut Running) -> Result<Copied, Fail> {
        let mut pieces = self.store.get(&self.key(path)?).await?.into_stream();
        let mut size = 0;
        while let Some(piece) = pieces.try_next().await? {
            running.update(&piece);
            out.write_all(&piece)?;
            size += piece.len() as u64;
        }
        Ok(Copied { size })
    }

    pub(super) async fn list(&self, folder: &StorePath) -> Result<Vec<(String, u64)>, Fail> {
        let key = self.key(folder)?;
        let before = format!("{key}/");
        let found: Vec<_> = self.store.list(Some(&key)).try_collect().await?;
        let mut out: Vec<(String, u64)> = found
            .into_iter()
            .filter_map(|object| Some((object.location.as_ref().strip_prefix(&before)?.to_string(), object.size)))
            .collect();
        out.sort();
        Ok(out)
    }

    pub(super) async fn remove(&self, path: &StorePath) -> Result<(), Fail> {
        match self.store.delete(&self.key(path)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }
}

impl From<object_store::Error> for Fail {
    fn from(error: object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { .. } => Fail::Io(std::io::ErrorKind::NotFound.into()),
            error => Fail::Other(error.to_string()),
        }
    }
}

/// Makes HTTP clients with the cryptography that the database drivers use already.
#[derive(Debug)]
struct Connector {
    proxy: Option<String>,
}

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        let fail = |source: Box<dyn std::error::Error + Send + Sync>| object_store::Error::Generic { store: "S3", source };
        let roots = rustls::RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let tls = rustls::ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| fail(error.into()))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut client = reqwest::Client::builder().tls_backend_preconfigured(tls);
        if let Some(proxy) = &self.proxy {
            client = client.proxy(reqwest::Proxy::all(proxy).map_err(|error| fail(error.into()))?);
        }
        Ok(HttpClient::new(client.build().map_err(|error| fail(error.into()))?))
    }
}
