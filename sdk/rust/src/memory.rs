//! The allocator of a service: it uses an arena that every instance has from the start before it asks the host.
//!
//! Each request runs in a fresh instance. When an instance asks for more memory, the host changes the
//! protection of pages twice, once to give and once to take back, which costs it as much as serving a small
//! page. So most requests should never ask.

use core::alloc::Layout;
use core::arch::wasm32::memory_grow;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use talc::base::Talc;
use talc::base::binning::Binning;
use talc::cell::TalcSyncCell;
use talc::source::Source;
use talc::wasm::WasmBinning;

/// Size of the arena: enough for two pages of a few hundred lines. Memory that is not touched costs nothing.
const ARENA_BYTES: usize = 256 << 10;

/// A page of WebAssembly's memory.
const PAGE_BYTES: usize = 64 << 10;
/// More than the allocator's own bookkeeping for one allocation.
const NOTES_BYTES: usize = 256;

static mut ARENA: [MaybeUninit<u8>; ARENA_BYTES] = [MaybeUninit::uninit(); ARENA_BYTES];

#[global_allocator]
static ALLOCATOR: TalcSyncCell<ArenaFirst, WasmBinning> = TalcSyncCell::new_wasm(ArenaFirst {
    arena_claimed: false,
    end: None,
});

/// The arena, then memory from the host.
#[derive(Debug)]
struct ArenaFirst {
    arena_claimed: bool,
    /// The end of the memory that the host gave.
    end: Option<NonNull<u8>>,
}

#[allow(
    unsafe_code,
    reason = "SAFETY: nothing here allocates. The arena is claimed once, as a whole, and nobody else names \
              it; what the host gives is new, and `extend` gets it only where it begins at the old end"
)]
unsafe impl Source for ArenaFirst {
    fn acquire<B: Binning>(talc: &mut Talc<Self, B>, layout: Layout) -> Result<(), ()> {
        if !talc.source.arena_claimed {
            talc.source.arena_claimed = true;
            let claimed = unsafe { talc.claim((&raw mut ARENA).cast(), ARENA_BYTES) };
            return claimed.map(drop).ok_or(());
        }
        let pages = pages_for(layout).ok_or(())?;
        let before = memory_grow::<0>(pages);
        if before == usize::MAX {
            return Err(());
        }
        let begin = (before * PAGE_BYTES) as *mut u8;
        // Up to the end of the address space, which `claim` and `extend` stay clear of.
        let end = (before + pages).checked_mul(PAGE_BYTES).unwrap_or(usize::MAX) as *mut u8;
        talc.source.end = match talc.source.end {
            Some(old) if old.as_ptr() == begin => Some(unsafe { talc.extend(old, end) }),
            _ => unsafe { talc.claim(begin, end as usize - begin as usize) },
        };
        talc.source.end.map(drop).ok_or(())
    }
}

/// Enough pages for the layout, wherever in a page it begins and whatever bookkeeping the allocator adds.
fn pages_for(layout: Layout) -> Option<usize> {
    let bytes = layout
        .size()
        .checked_add(layout.align())?
        .checked_add(NOTES_BYTES)?;
    Some(bytes.div_ceil(PAGE_BYTES))
}
