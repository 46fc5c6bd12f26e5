//! A server that speaks as S3 does.

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use djc_runtime::Secret;
use djc_runtime::store::{S3, StoreSpec};
use tempfile::TempDir;

use super::root;

/// A server with one bucket; it goes with this.
pub struct Server {
    process: Child,
    pub port: u16,
    /// Buckets are folders in it.
    pub folder: TempDir,
}

pub const BUCKET: &str = "lab";
pub const ACCESS_KEY: &str = "ana";
pub const SECRET_KEY: &str = "geheim-genug";

impl Server {
    /// Starts a server; `None`, said aloud, where crates.io is out of reach.
    pub fn start() -> Option<Server> {
        let program = installed()?;
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join(BUCKET)).expect("a bucket");
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port").port();
        let process = Command::new(program)
            .args(["--host", "127.0.0.1", "--port", &port.to_string(), "--access-key", ACCESS_KEY, "--secret-key", SECRET_KEY])
            .arg(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the server starts");
        let server = Server { process, port, folder };
        let until = Instant::now() + Duration::from_secs(30);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(Instant::now() < until, "the server does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(server)
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

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Installs s3s-fs below target. It is no dependency, since it takes longer to build than everything here.
fn installed() -> Option<PathBuf> {
    static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
    let _guard = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let home = root().join("target/servers/s3s-fs-0.14.1");
    let program = home.join("bin/s3s-fs");
    if !program.exists() {
        let install = ["install", "s3s-fs", "--version", "=0.14.1", "--features", "binary", "--debug", "--locked", "--quiet", "--root"];
        let done = Command::new(env!("CARGO")).args(install).arg(&home).env_remove("CARGO_TARGET_DIR").status();
        if !done.is_ok_and(|status| status.success()) {
            println!("skipped: what needs s3s-fs, which could not be installed from crates.io");
            return None;
        }
    }
    Some(program)
}
