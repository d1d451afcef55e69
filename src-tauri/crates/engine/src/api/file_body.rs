//! A file that was made for an answer, sent piece by piece.

use std::io::{self, Seek, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use axum::body::Body;
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use tempfile::{SpooledData, SpooledTempFile};
use tokio::io::{AsyncRead, ReadBuf};

/// How much is sent at once.
const PIECE: usize = 128 << 10;

/// Returns a body of all that was written.
///
/// # Errors
///
/// When the file cannot be read.
pub(super) async fn of(mut written: SpooledTempFile) -> io::Result<Body> {
    let left = written.seek(SeekFrom::End(0))?;
    written.rewind()?;
    Ok(match written.into_inner() {
        SpooledData::InMemory(bytes) => Body::from(bytes.into_inner()),
        SpooledData::OnDisk(file) => Body::new(FileBody { file: tokio::fs::File::from_std(file), left }),
    })
}

struct FileBody {
    file: tokio::fs::File,
    left: u64,
}

impl http_body::Body for FileBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        let mut piece = vec![0; PIECE];
        let mut read = ReadBuf::new(&mut piece);
        let outcome = ready!(Pin::new(&mut this.file).poll_read(context, &mut read));
        let count = read.filled().len();
        piece.truncate(count);
        this.left = this.left.saturating_sub(count as u64);
        Poll::Ready(match outcome {
            Err(error) => Some(Err(error)),
            Ok(()) if count == 0 => None,
            Ok(()) => Some(Ok(Frame::data(piece.into()))),
        })
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}
