//! Guests that move, with futures in the place of WebAssembly.

use std::sync::mpsc;
use std::task::Poll;

use futures::FutureExt as _;

use super::*;
use crate::limits::FOREGROUND_TIME;
use crate::testing::service;

/// Uses more processor time than a request may in the foreground, and notices ticks as a store does.
fn work_hard(slices: &Slices) {
    let began = thread_time();
    while thread_time() - began < FOREGROUND_TIME {
        let _ = slices.tick();
    }
}

/// Lets others run, as a guest does at the end of its slice.
async fn give_way() {
    let mut given = false;
    std::future::poll_fn(|cx| {
        cx.waker().wake_by_ref();
        match std::mem::replace(&mut given, true) {
            true => Poll::Ready(()),
            false => Poll::Pending,
        }
    })
    .await;
}

fn in_background() -> bool {
    std::thread::current().name() == Some("guests")
}

struct Stage {
    background: Background,
    slices: Arc<Slices>,
}

impl Stage {
    fn new() -> Self {
        Self {
            background: Background::start().unwrap(),
            slices: Arc::default(),
        }
    }

    fn guest<T: Send + 'static>(&self, guest: impl Future<Output = T> + Send + 'static) -> Guest<T> {
        let service = Arc::new(service("one"));
        Guest::new(
            guest,
            self.slices.clone(),
            service,
            self.background.runnable().clone(),
        )
    }
}

#[tokio::test]
async fn guest_moves_when_it_used_its_time_and_not_before() {
    let stage = Stage::new();
    let slices = stage.slices.clone();
    let seen = stage.guest(async move {
        let mut seen = Vec::new();
        for _ in 0..100 {
            seen.push(in_background());
            give_way().await;
        }
        // The first slice with a tick is not measured.
        for _ in 0..2 {
            work_hard(&slices);
            seen.push(in_background());
            give_way().await;
        }
        seen.push(in_background());
        seen
    });
    let seen = seen.await;
    let (last, before) = seen.split_last().unwrap();
    assert!(*last && before.iter().all(|background| !background), "{seen:?}");
}

#[tokio::test]
async fn guest_in_the_background_has_the_lowest_priority() {
    let stage = Stage::new();
    let slices = stage.slices.clone();
    let niceness = || rustix::process::getpriority_process(None).unwrap();
    let before = niceness();
    let guest = stage.guest(async move {
        for _ in 0..2 {
            work_hard(&slices);
            give_way().await;
        }
        assert!(in_background());
        niceness()
    });
    assert_eq!(guest.await, BACKGROUND_NICENESS);
    assert_eq!(niceness(), before, "of the thread that waited for it");
}

#[tokio::test]
async fn government_call_is_its_owners_to_poll() {
    let stage = Stage::new();
    let slices = stage.slices.clone();
    let guest = stage.guest(async move {
        for _ in 0..2 {
            work_hard(&slices);
            give_way().await;
        }
        assert!(in_background());
        slices.set_in_government_call(true);
        give_way().await;
        assert!(!in_background());
        slices.set_in_government_call(false);
        give_way().await;
        in_background()
    });
    assert!(guest.await);
}

#[tokio::test]
async fn guest_that_waits_in_the_background_is_woken() {
    let stage = Stage::new();
    let slices = stage.slices.clone();
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let (waits, waiting) = tokio::sync::oneshot::channel();
    let guest = stage.guest(async move {
        for _ in 0..2 {
            work_hard(&slices);
            give_way().await;
        }
        waits.send(()).unwrap();
        (receiver.await.unwrap(), in_background())
    });
    let guest = tokio::spawn(guest);
    waiting.await.unwrap();
    sender.send(7).unwrap();
    assert_eq!(guest.await.unwrap(), (7, true));
}

#[tokio::test]
async fn panic_in_the_background_is_the_owners() {
    let stage = Stage::new();
    let slices = stage.slices.clone();
    let guest = stage.guest(async move {
        for _ in 0..2 {
            work_hard(&slices);
            give_way().await;
        }
        assert!(!in_background(), "on purpose");
    });
    assert!(AssertUnwindSafe(guest).catch_unwind().await.is_err());
}

/// Tells when it is dropped, and where.
struct Dropped(mpsc::Sender<bool>);

impl Drop for Dropped {
    fn drop(&mut self) {
        let _ = self.0.send(in_background());
    }
}

#[tokio::test]
async fn abandoned_guest_is_dropped_in_the_background() {
    let stage = Stage::new();
    for waits in [false, true] {
        let slices = stage.slices.clone();
        let (sender, dropped) = mpsc::channel();
        let held = Dropped(sender);
        let (moved, moving) = tokio::sync::oneshot::channel();
        let guest = stage.guest(async move {
            let _held = held;
            for _ in 0..2 {
                work_hard(&slices);
                give_way().await;
            }
            moved.send(()).unwrap();
            if waits {
                std::future::pending::<()>().await;
            }
            loop {
                give_way().await;
            }
        });
        tokio::select! {
            () = guest => panic!("it ended"),
            moved = moving => moved.unwrap(),
        }
        assert!(dropped.recv().unwrap());
    }
}

#[tokio::test]
async fn guest_ends_with_the_threads() {
    let stage = Stage::new();
    let slices = stage.slices.clone();
    let (sender, dropped) = mpsc::channel();
    let held = Dropped(sender);
    let (moved, moving) = tokio::sync::oneshot::channel();
    let guest = stage.guest(async move {
        let _held = held;
        for _ in 0..2 {
            work_hard(&slices);
            give_way().await;
        }
        moved.send(()).unwrap();
        loop {
            give_way().await;
        }
    });
    let guest = tokio::spawn(guest);
    moving.await.unwrap();
    drop(stage);
    assert!(dropped.recv().is_ok());
    guest.abort();
}
