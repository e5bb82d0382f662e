//! The protocol between the host and the compiling child, over two pipes. The host trusts none of it: every
//! length is checked against a limit before a byte is kept, and numbers only fill a progress bar.
//!
//! To the child: the component's length, the component, the compiled functions of the version before. From the
//! child: frames of a tag, a length and that many bytes. Lengths are 64 bits, least significant byte first.

use std::io::{self, Read, Write};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::CODE_BYTES_MAX;
use super::progress::{Counts, Progress};
use crate::limits::{COMPONENT_BYTES_MAX, FUNCTIONS_BYTES_MAX};

/// A frame's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    /// Machine code: the component compiles.
    Code,
    /// Why it does not compile, in UTF-8.
    Refused,
    /// [`Counts`].
    Progress,
    /// The compiled functions, for the next version.
    Functions,
}

/// The most bytes of a refusal's text; the rest is truncated.
const REFUSED_BYTES_MAX: u64 = 16 << 10;

impl Tag {
    const ALL: [Self; 4] = [Self::Code, Self::Refused, Self::Progress, Self::Functions];

    fn byte(self) -> u8 {
        match self {
            Self::Code => 0,
            Self::Refused => 1,
            Self::Progress => 2,
            Self::Functions => 3,
        }
    }

    fn of(byte: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|tag| tag.byte() == byte)
    }

    fn bytes_max(self) -> u64 {
        match self {
            Self::Code => CODE_BYTES_MAX,
            Self::Refused => REFUSED_BYTES_MAX,
            Self::Progress => Counts::BYTES as u64,
            Self::Functions => FUNCTIONS_BYTES_MAX as u64,
        }
    }
}

/// The child: sends a frame, truncated to the limit of its tag. The caller has checked that code is not
/// truncated.
///
/// # Errors
/// When the pipe is closed.
pub(super) fn send(out: &mut impl Write, tag: Tag, bytes: &[u8]) -> io::Result<()> {
    let room = usize::try_from(tag.bytes_max()).unwrap_or(usize::MAX);
    let bytes = bytes.get(..room).unwrap_or(bytes);
    out.write_all(&[tag.byte()])?;
    out.write_all(&(bytes.len() as u64).to_le_bytes())?;
    out.write_all(bytes)?;
    out.flush()
}

/// The child: the component and the functions of the version before.
///
/// # Errors
/// When the pipe breaks, or the component is longer than one may be.
pub(super) fn receive_job(mut input: impl Read) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let mut length = [0; 8];
    input.read_exact(&mut length)?;
    let length = u64::from_le_bytes(length);
    if length > COMPONENT_BYTES_MAX as u64 {
        return Err(io::Error::other("the component is too large"));
    }
    let mut component = Vec::new();
    (&mut input).take(length).read_to_end(&mut component)?;
    let mut functions = Vec::new();
    input
        .take(FUNCTIONS_BYTES_MAX as u64)
        .read_to_end(&mut functions)?;
    Ok((component, functions))
}

/// The host: the job for the child.
///
/// # Errors
/// When the child no longer reads.
pub(super) async fn send_job(
    mut pipe: impl AsyncWrite + Unpin,
    component: &[u8],
    functions: &[u8],
) -> io::Result<()> {
    pipe.write_all(&(component.len() as u64).to_le_bytes()).await?;
    pipe.write_all(component).await?;
    pipe.write_all(functions).await?;
    pipe.shutdown().await
}

/// The complete answer of a child.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) code: Option<Vec<u8>>,
    pub(super) refused: Option<Vec<u8>>,
    /// Empty if the child keeps none.
    pub(super) functions: Vec<u8>,
}

/// The host: receives the child's messages until it ends. Anything that is not a frame ends the answer; the
/// rest is read and dropped, because the child must never wait for the host.
///
/// # Errors
/// When the pipe cannot be read.
pub(super) async fn receive_answer(
    mut pipe: impl AsyncRead + Unpin,
    progress: &Progress,
) -> io::Result<Answer> {
    let mut answer = Answer::default();
    while let Some((tag, bytes)) = frame(&mut pipe).await? {
        match tag {
            Tag::Code => answer.code = Some(bytes),
            Tag::Refused => answer.refused = Some(bytes),
            Tag::Functions => answer.functions = bytes,
            Tag::Progress => {
                if let Some(counts) = Counts::read(&bytes) {
                    progress.set(counts);
                }
            }
        }
    }
    tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await?;
    Ok(answer)
}

/// The next frame, or `None` if there is no valid one.
async fn frame(pipe: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<(Tag, Vec<u8>)>> {
    let mut header = Vec::with_capacity(9);
    pipe.take(9).read_to_end(&mut header).await?;
    let Some((tag, length)) = header.split_first() else {
        return Ok(None);
    };
    let (Some(tag), Ok(length)) = (Tag::of(*tag), length.try_into().map(u64::from_le_bytes)) else {
        return Ok(None);
    };
    if length > tag.bytes_max() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    pipe.take(length).read_to_end(&mut bytes).await?;
    Ok((bytes.len() as u64 == length).then_some((tag, bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn answer(said: &[u8]) -> (Answer, Counts) {
        let progress = Progress::default();
        let answer = receive_answer(said, &progress).await.unwrap();
        (answer, progress.counts())
    }

    #[tokio::test]
    async fn messages_of_the_child_arrive() {
        let counts = Counts {
            done: 41,
            total: 100,
            reused: 7,
        };
        let mut said = Vec::new();
        send(&mut said, Tag::Progress, &counts.bytes()).unwrap();
        send(&mut said, Tag::Code, b"code").unwrap();
        send(&mut said, Tag::Functions, b"functions").unwrap();
        let expected = Answer {
            code: Some(b"code".to_vec()),
            refused: None,
            functions: b"functions".to_vec(),
        };
        assert_eq!(answer(&said).await, (expected, counts));

        let mut job = Vec::new();
        send_job(&mut job, b"component", b"functions").await.unwrap();
        assert_eq!(
            receive_job(&job[..]).unwrap(),
            (b"component".to_vec(), b"functions".to_vec())
        );
    }

    #[tokio::test]
    async fn malformed_messages_of_the_child_are_refused() {
        let mut cut = Vec::new();
        send(&mut cut, Tag::Code, b"code").unwrap();
        cut.pop();
        let mut endless = vec![Tag::Code.byte()];
        endless.extend(u64::MAX.to_le_bytes());
        let unknown = [9, 0, 0, 0, 0, 0, 0, 0, 0].to_vec();
        for said in [Vec::new(), vec![0], cut, endless, unknown] {
            assert_eq!(answer(&said).await.0, Answer::default(), "{said:?}");
        }
        let mut long = (COMPONENT_BYTES_MAX as u64 + 1).to_le_bytes().to_vec();
        long.push(0);
        assert!(receive_job(&long[..]).is_err());
    }

    #[test]
    fn long_refusal_is_cut() {
        let mut said = Vec::new();
        send(&mut said, Tag::Refused, &vec![b'x'; 1 << 20]).unwrap();
        assert_eq!(said.len() as u64, 9 + REFUSED_BYTES_MAX);
    }
}
