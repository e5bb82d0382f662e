//! Where a service's memory comes from: first from a piece that every instance has from the start.
//!
//! Each request runs in a fresh instance. When such an instance asks for more memory, the host changes the
//! protection of pages twice, once to give and once to take back, and that costs it as much as a small page
//! itself. So most requests should never ask.

use core::alloc::Layout;
use core::arch::wasm32::memory_grow;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use talc::base::Talc;
use talc::base::binning::Binning;
use talc::cell::TalcSyncCell;
use talc::source::Source;
use talc::wasm::WasmBinning;

/// Bytes that need no growth: a page of a few hundred lines fits twice. Nobody pays for what is not touched.
const ARENA_BYTES: usize = 256 << 10;

/// A page of WebAssembly's memory.
const PAGE_BYTES: usize = 64 << 10;
/// More than the allocator keeps beside one piece.
const NOTES_BYTES: usize = 256;

static mut ARENA: [MaybeUninit<u8>; ARENA_BYTES] = [MaybeUninit::uninit(); ARENA_BYTES];

#[global_allocator]
static ALLOCATOR: TalcSyncCell<ArenaFirst, WasmBinning> = TalcSyncCell::new_wasm(ArenaFirst {
    arena_claimed: false,
    end: None,
});

/// The arena, then what the host gives.
#[derive(Debug)]
struct ArenaFirst {
    arena_claimed: bool,
    /// Where the memory ends that the host gave.
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

/// Enough for the layout, wherever in a page it begins and whatever the allocator notes beside it.
fn pages_for(layout: Layout) -> Option<usize> {
    let bytes = layout
        .size()
        .checked_add(layout.align())?
        .checked_add(NOTES_BYTES)?;
    Some(bytes.div_ceil(PAGE_BYTES))
}
