//! What hostile or busy neighbours do to the tail of everybody else's answers.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use super::engine;
use super::platform::Scene;
use crate::guests::handler::{self, Handler};

/// Requests of one service that run at once, in the default limits of the runtime.
const CROWD: usize = 16;
/// Browsers that read slowly.
const SLOW_READERS: usize = 32;
/// How long a slow reader waits after each of its reads.
const SLOW_PAUSE: Duration = Duration::from_millis(100);
/// What a slow reader takes in one read, and about what its socket buffers, in bytes.
const SLOW_BYTES: u32 = 4_096;
/// How long somebody waits who was not let in.
const BACK_OFF: Duration = Duration::from_millis(50);
/// How long the neighbours run before the first measurement.
const WARM_UP: Duration = Duration::from_secs(1);
/// Answers below which there is no 99th percentile.
const ANSWERS_MIN: usize = 100;

/// What the others do meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Beside {
    /// Nothing.
    Nobody,
    /// Sixteen requests to one service that loop until their time is over.
    Loops,
    /// Sixteen that take all memory they get, and write to all of it again and again.
    Allocators,
    /// Thirty-two browsers that read a large answer slowly.
    SlowReaders,
    /// An upload of 18 MB, its inspection, compilation and smoke run.
    Upload,
}

impl Beside {
    /// All, the quiet one first.
    pub const ALL: [Self; 5] = [
        Self::Nobody,
        Self::Loops,
        Self::Allocators,
        Self::SlowReaders,
        Self::Upload,
    ];

    /// Its name in the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nobody => "alone",
            Self::Loops => "loops",
            Self::Allocators => "allocators",
            Self::SlowReaders => "slow_readers",
            Self::Upload => "upload",
        }
    }
}

/// What is asked, one request after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A service that answers at once.
    QuietService,
    /// The portal's first page.
    PortalPage,
    /// A payment, recorded on disk.
    Payment,
}

impl Subject {
    /// All.
    pub const ALL: [Self; 3] = [Self::QuietService, Self::PortalPage, Self::Payment];

    /// Its name in the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::QuietService => "quiet_service",
            Self::PortalPage => "portal_page",
            Self::Payment => "payment",
        }
    }
}

/// The component of the greedy service: `/loop`, `/allocate`, and 2 MiB at `/`.
///
/// # Errors
/// When it does not fit the interfaces any more.
pub fn greedy() -> Result<Vec<u8>> {
    handler::component(Handler {
        imports: &[],
        declarations: "",
        handle: "(if (i32.eq (local.get $path_length) (i32.const 5))
              (then (loop $forever (br $forever))))
            (if (i32.eq (local.get $path_length) (i32.const 9))
              (then
                (loop $more (br_if $more (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
                (loop $forever
                  (memory.fill (i32.const 65536) (i32.const 1)
                    (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 65536)))
                  (br $forever))))
            (drop (memory.grow (i32.const 40)))
            (call $respond (i32.const 200) (i32.const 65536) (i32.const 2097152))",
    })
}

/// Neighbours at work, until [`Neighbours::stop`].
#[derive(Debug)]
pub struct Neighbours {
    tasks: JoinSet<Result<()>>,
    running: Arc<AtomicBool>,
    /// Whether they are to end what they began.
    finish: bool,
}

impl Neighbours {
    /// Starts them. `large` is the component that [`Beside::Upload`] sends.
    pub async fn start(beside: Beside, scene: &Scene, large: Option<&Bytes>) -> Self {
        let mut neighbours = Self {
            tasks: JoinSet::new(),
            running: Arc::new(AtomicBool::new(true)),
            finish: false,
        };
        let origin = scene.platform.origin("greedy");
        match (beside, large) {
            (Beside::Nobody, _) | (Beside::Upload, None) => return neighbours,
            (Beside::Loops, _) => neighbours.crowd(&format!("{origin}/loop")),
            (Beside::Allocators, _) => neighbours.crowd(&format!("{origin}/allocate")),
            (Beside::SlowReaders, _) => {
                for _ in 0..SLOW_READERS {
                    neighbours.tasks.spawn(read_slowly(scene.platform.port));
                }
            }
            (Beside::Upload, Some(large)) => {
                neighbours.finish = true;
                let (scene, large) = (scene.publisher(), large.clone());
                let running = neighbours.running.clone();
                neighbours.tasks.spawn(async move {
                    while running.load(Ordering::Relaxed) {
                        scene.vet(&large).await?;
                    }
                    Ok(())
                });
            }
        }
        sleep(WARM_UP).await;
        neighbours
    }

    fn crowd(&mut self, url: &str) {
        for _ in 0..CROWD {
            let url = url.to_owned();
            self.tasks.spawn(async move {
                let client = crate::http::plain()?;
                loop {
                    let answer = client.get(&url).send().await?;
                    if answer.status() == reqwest::StatusCode::SERVICE_UNAVAILABLE {
                        sleep(BACK_OFF).await;
                    }
                }
            });
        }
    }

    /// Ends them, and waits until an upload is vetted.
    ///
    /// # Errors
    /// When one of them failed before: then they were not there.
    pub async fn stop(mut self) -> Result<()> {
        self.running.store(false, Ordering::Relaxed);
        if !self.finish {
            while let Some(ended) = self.tasks.try_join_next() {
                ended??;
            }
            self.tasks.abort_all();
        }
        while let Some(ended) = self.tasks.join_next().await {
            match ended {
                Err(error) if error.is_cancelled() => {}
                ended => ended??,
            }
        }
        Ok(())
    }
}

/// Asks for the greedy service's large answer again and again, and reads it slowly.
async fn read_slowly(port: u16) -> Result<()> {
    loop {
        let socket = TcpSocket::new_v4()?;
        socket.set_recv_buffer_size(SLOW_BYTES)?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut stream = socket.connect(address).await?;
        let request = format!("GET / HTTP/1.1\r\nHost: greedy.localhost:{port}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut buffer = vec![0; usize::try_from(SLOW_BYTES)?];
        // The platform hangs up when it takes too long.
        while stream.read(&mut buffer).await.is_ok_and(|bytes| bytes > 0) {
            sleep(SLOW_PAUSE).await;
        }
        sleep(BACK_OFF).await;
    }
}

/// The 99th percentile of a subject's answers, asked one after the other for about so long, in milliseconds.
/// `next` numbers the payments.
///
/// # Errors
/// When an answer is not a success.
pub async fn p99_ms(scene: &Scene, subject: Subject, time: Duration, next: &mut u32) -> Result<f64> {
    let client = crate::http::plain()?;
    let mut times = Vec::new();
    let began = Instant::now();
    while began.elapsed() < time || times.len() < ANSWERS_MIN {
        let url = match subject {
            Subject::QuietService => scene.platform.origin("hello"),
            Subject::PortalPage => format!("{}/az/", scene.platform.url),
            Subject::Payment => {
                *next += 1;
                times.push(
                    scene
                        .time(&format!("/create?amount=1&key=n{next}&times=1"))
                        .await?,
                );
                continue;
            }
        };
        let began = Instant::now();
        let response = client.get(&url).send().await?;
        let status = response.status();
        response.bytes().await?;
        times.push(began.elapsed());
        ensure!(status.is_success(), "{url} answers {status}");
    }
    times.sort_unstable();
    let at = times.len() * 99 / 100;
    let p99 = times.get(at).or(times.last()).context("nothing was measured")?;
    Ok(p99.as_secs_f64() * 1_000.0)
}

/// The large component: Python's interpreter.
///
/// # Errors
/// When its tool is not installed.
pub async fn large() -> Result<Bytes> {
    let file = crate::guests::languages::hello_py().await?;
    Ok(engine::read(&file)?.into())
}

#[cfg(test)]
mod tests {
    #[test]
    fn greedy_service_is_a_valid_component() {
        assert!(super::greedy().unwrap().len() > 100);
    }
}
