//! A server that speaks as S3 does, in this process.

use std::path::PathBuf;

use djc_runtime::Secret;
use djc_runtime::store::{S3, StoreSpec};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3Request, S3Response, S3Result, dto, s3_error};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

/// A server with one bucket; it goes with this.
pub struct Server {
    pub port: u16,
    /// Buckets are folders in it.
    pub folder: TempDir,
    /// Dropped, it ends the server's thread.
    _alive: oneshot::Sender<()>,
}

pub const BUCKET: &str = "lab";
pub const ACCESS_KEY: &str = "ana";
pub const SECRET_KEY: &str = "geheim-genug";

impl Server {
    /// Starts a server in a thread of its own: tests wait for Python, which wants answers meanwhile.
    pub fn start() -> Server {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join(BUCKET)).expect("a bucket");
        let files = FileSystem::new(folder.path()).expect("a folder");
        let mut service = S3ServiceBuilder::new(Buckets { files, folder: folder.path().to_path_buf() });
        service.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
        listener.set_nonblocking(true).expect("a listener that tokio takes");
        let port = listener.local_addr().expect("a port").port();
        let (alive, gone) = oneshot::channel();
        let service = service.build();
        std::thread::spawn(move || serve(listener, &service, gone));
        Server { port, folder, _alive: alive }
    }

    pub fn spec(&self) -> StoreSpec {
        let s3 = S3 {
            endpoint: format!("127.0.0.1:{}", self.port),
            bucket: BUCKET.to_string(),
            access_key: Some(Secret::new(ACCESS_KEY)),
            secret_key: Some(Secret::new(SECRET_KEY)),
            secure: false,
            proxy_server: None,
        };
        StoreSpec::bucket("data/djc", s3)
    }
}

/// The buckets of s3s-fs, which are to answer as S3 does where they do not.
struct Buckets {
    files: FileSystem,
    folder: PathBuf,
}

impl Buckets {
    /// Fails for what is a folder on the disk: S3 has objects only.
    fn is_object(&self, bucket: &str, key: &str) -> S3Result<()> {
        if self.folder.join(bucket).join(key).is_dir() { Err(s3_error!(NoSuchKey)) } else { Ok(()) }
    }
}

/// Passes calls on, those with a body after what it says.
macro_rules! passed_on {
    ($($name:ident($request:ident: $input:ty $(, $this:ident $before:block)?) -> $output:ty;)*) => {
        #[async_trait::async_trait]
        impl s3s::S3 for Buckets {
            $(async fn $name(&self, $request: S3Request<$input>) -> S3Result<S3Response<$output>> {
                $(let $this = self; let $request = $before;)?
                self.files.$name($request).await
            })*
        }
    };
}

passed_on! {
    abort_multipart_upload(request: dto::AbortMultipartUploadInput) -> dto::AbortMultipartUploadOutput;
    complete_multipart_upload(request: dto::CompleteMultipartUploadInput) -> dto::CompleteMultipartUploadOutput;
    create_multipart_upload(request: dto::CreateMultipartUploadInput) -> dto::CreateMultipartUploadOutput;
    delete_object(request: dto::DeleteObjectInput) -> dto::DeleteObjectOutput;
    delete_objects(request: dto::DeleteObjectsInput) -> dto::DeleteObjectsOutput;
    get_bucket_location(request: dto::GetBucketLocationInput) -> dto::GetBucketLocationOutput;
    get_object(request: dto::GetObjectInput, this {
        this.is_object(&request.input.bucket, &request.input.key)?;
        request
    }) -> dto::GetObjectOutput;
    head_bucket(request: dto::HeadBucketInput) -> dto::HeadBucketOutput;
    head_object(request: dto::HeadObjectInput, this {
        this.is_object(&request.input.bucket, &request.input.key)?;
        request
    }) -> dto::HeadObjectOutput;
    list_objects_v2(request: dto::ListObjectsV2Input, _this {
        // Keys are listed as they are though s3s-fs says otherwise, and an empty delimiter is none.
        let dto::ListObjectsV2Input { delimiter, .. } = request.input;
        let delimiter = delimiter.filter(|delimiter| !delimiter.is_empty());
        S3Request { input: dto::ListObjectsV2Input { delimiter, encoding_type: None, ..request.input }, ..request }
    }) -> dto::ListObjectsV2Output;
    put_object(request: dto::PutObjectInput) -> dto::PutObjectOutput;
    upload_part(request: dto::UploadPartInput) -> dto::UploadPartOutput;
}

/// Answers until the other end of `gone` is dropped.
fn serve(listener: std::net::TcpListener, service: &S3Service, mut gone: oneshot::Receiver<()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let listener = TcpListener::from_std(listener).expect("a listener");
        let http = Builder::new(TokioExecutor::new());
        loop {
            let socket = tokio::select! {
                accepted = listener.accept() => accepted.expect("a connection").0,
                _ = &mut gone => return,
            };
            let answering = http.serve_connection(TokioIo::new(socket), service.clone()).into_owned();
            tokio::spawn(async move {
                // A client that hangs up is no failure of the server.
                let _ = answering.await;
            });
        }
    });
}
