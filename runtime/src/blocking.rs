//! Work that waits for disks or takes the processor, done where it holds nobody up.

use tokio::task::JoinHandle;

/// Work that was begun.
pub(crate) struct Begun<R>(JoinHandle<R>);

/// Begins work; it goes on while others do theirs.
pub(crate) fn begin<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> Begun<R> {
    Begun(tokio::task::spawn_blocking(work))
}

impl<R> Begun<R> {
    /// Waits for its end.
    pub(crate) async fn done(self) -> R {
        match self.0.await {
            Ok(result) => result,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(error) => panic!("the runtime ends while it is used: {error}"),
            },
        }
    }
}

/// Does work and waits for it.
pub(crate) async fn blocking<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> R {
    begin(work).done().await
}
