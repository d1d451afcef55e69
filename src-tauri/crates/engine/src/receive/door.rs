//! Where connections come from: TCP, and sockets that are files.

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};

/// A listener.
pub(crate) trait Door: Send + Sync + 'static {
    /// Its connections.
    type Stream: Connected;

    /// Waits for the next connection.
    fn next(&self) -> impl Future<Output = io::Result<Self::Stream>> + Send;
}

/// A connection.
pub(crate) trait Connected: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    /// Waits until the other side says something; says whether it did, and did not hang up.
    fn speaks(&self) -> impl Future<Output = bool> + Send;

    /// Sets what only this kind of connection has.
    fn prepare(&self) {}
}

impl Door for TcpListener {
    type Stream = TcpStream;

    async fn next(&self) -> io::Result<TcpStream> {
        self.accept().await.map(|(stream, _)| stream)
    }
}

impl Connected for TcpStream {
    async fn speaks(&self) -> bool {
        matches!(self.peek(&mut [0]).await, Ok(1))
    }

    fn prepare(&self) {
        // Answers are small and written at once: waiting to fill a packet would only delay them.
        let _ = self.set_nodelay(true);
    }
}

#[cfg(unix)]
pub(crate) use unix::SocketFile;

#[cfg(unix)]
mod unix {
    use std::fs;
    use std::io::{self, ErrorKind};
    use std::os::unix::fs::FileTypeExt;
    use std::os::unix::net::UnixStream as Blocking;
    use std::path::{Path, PathBuf};

    use tokio::net::{UnixListener, UnixStream};

    use super::{Connected, Door};

    /// A listener whose address is a file; the file goes with it.
    pub(crate) struct SocketFile {
        listener: UnixListener,
        path: PathBuf,
    }

    impl SocketFile {
        /// Binds it, for programs of the same user. What a killed program left behind is removed.
        ///
        /// # Errors
        ///
        /// A sentence, when the file is something else or another program listens there.
        pub(crate) fn bind(path: &Path) -> Result<Self, String> {
            let wrong = |what: &str| Err(format!("{} cannot be listened on: {what}", path.display()));
            match fs::symlink_metadata(path) {
                Ok(found) if !found.file_type().is_socket() => return wrong("a file that is no socket is there"),
                Ok(_) => match Blocking::connect(path) {
                    Err(error) if error.kind() == ErrorKind::ConnectionRefused => drop(fs::remove_file(path)),
                    _ => return wrong("another program listens there"),
                },
                Err(_) => {}
            }
            match UnixListener::bind(path) {
                Ok(listener) => Ok(Self { listener, path: path.to_owned() }),
                Err(error) => wrong(&error.to_string()),
            }
        }
    }

    impl Drop for SocketFile {
        fn drop(&mut self) {
            let _ = fs::remove_file(&self.path);
        }
    }

    impl Door for SocketFile {
        type Stream = UnixStream;

        async fn next(&self) -> io::Result<UnixStream> {
            self.listener.accept().await.map(|(stream, _)| stream)
        }
    }

    impl Connected for UnixStream {
        async fn speaks(&self) -> bool {
            self.readable().await.is_ok()
        }
    }
}
