//! An allocator that can tell how much was in use at most.

#![allow(unsafe_code, reason = "an allocator cannot be written without")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicIsize, Ordering::Relaxed};

#[global_allocator]
static HEAP: Heap =
    Heap { counting: AtomicBool::new(false), live: AtomicIsize::new(0), peak: AtomicIsize::new(0) };

/// The system's allocator, counting only while it is asked to, so that it slows nobody's timing down.
struct Heap {
    counting: AtomicBool,
    live: AtomicIsize,
    peak: AtomicIsize,
}

/// What `work` gives, and the bytes that it had in use at most, beyond what was in use before.
pub(crate) fn peak_of<T>(work: impl FnOnce() -> T) -> (T, usize) {
    HEAP.live.store(0, Relaxed);
    HEAP.peak.store(0, Relaxed);
    HEAP.counting.store(true, Relaxed);
    let result = work();
    HEAP.counting.store(false, Relaxed);
    (result, HEAP.peak.load(Relaxed).unsigned_abs())
}

impl Heap {
    fn change(&self, more: usize, less: usize) {
        if self.counting.load(Relaxed) {
            let by = more.cast_signed() - less.cast_signed();
            let live = self.live.fetch_add(by, Relaxed) + by;
            self.peak.fetch_max(live, Relaxed);
        }
    }
}

// SAFETY: every call is handed on to the system's allocator as it came.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.change(layout.size(), 0);
        // SAFETY: the caller keeps the promises that the system's allocator asks for.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        self.change(0, layout.size());
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // Both are there while one is copied into the other.
        self.change(size, 0);
        self.change(0, layout.size());
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        self.change(layout.size(), 0);
        // SAFETY: as above.
        unsafe { System.alloc_zeroed(layout) }
    }
}
