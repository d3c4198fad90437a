//! An allocator in Rust alone, over mmap: no symbol of it is known to anyone, and
//! the C library's malloc has no part in it.

use std::alloc::{GlobalAlloc, Layout};
use std::cell::UnsafeCell;
use std::hint::spin_loop;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicBool, Ordering};

const PAGE: usize = 4096;
/// What is mapped at once for small blocks; also the alignment of that.
const CHUNK: usize = 1 << 20;
const SMALLEST: usize = 16;
/// Larger blocks have a mapping of their own.
const LARGEST: usize = 64 << 10;
const CLASSES: usize = (LARGEST / SMALLEST).ilog2() as usize + 1;

/// Blocks of a power of two in size, aligned to it; those freed are used first.
pub struct Mapped {
    locked: AtomicBool,
    state: UnsafeCell<State>,
}

struct State {
    free: [*mut Free; CLASSES],
    /// What is left of the newest chunk.
    next: usize,
    end: usize,
}

struct Free {
    next: *mut Free,
}

// SAFETY: state is used under the lock only.
unsafe impl Sync for Mapped {}

impl Mapped {
    pub const fn new() -> Self {
        let state = State { free: [null_mut(); CLASSES], next: 0, end: 0 };
        Mapped { locked: AtomicBool::new(false), state: UnsafeCell::new(state) }
    }

    fn with<T>(&self, action: impl FnOnce(&mut State) -> T) -> T {
        while self.locked.swap(true, Ordering::Acquire) {
            spin_loop();
        }
        // SAFETY: the lock is held.
        let result = action(unsafe { &mut *self.state.get() });
        self.locked.store(false, Ordering::Release);
        result
    }
}

impl Default for Mapped {
    fn default() -> Self {
        Self::new()
    }
}

impl State {
    fn take(&mut self, class: usize) -> *mut u8 {
        let first = self.free[class];
        if !first.is_null() {
            // SAFETY: a free block begins with its link.
            self.free[class] = unsafe { (*first).next };
            return first.cast();
        }
        let size = SMALLEST << class;
        let mut at = self.next.next_multiple_of(size);
        if at + size > self.end {
            at = map(CHUNK, CHUNK) as usize;
            if at == 0 {
                return null_mut();
            }
            self.end = at + CHUNK;
        }
        self.next = at + size;
        at as *mut u8
    }

    fn give(&mut self, class: usize, p: *mut u8) {
        let block: *mut Free = p.cast();
        // SAFETY: the block is free, and no class is smaller than the link.
        unsafe { (*block).next = self.free[class] };
        self.free[class] = block;
    }
}

/// The class of a layout's blocks, or none for a mapping of its own.
fn class_of(layout: Layout) -> Option<usize> {
    let size = layout.size().max(layout.align()).max(SMALLEST).next_power_of_two();
    (size <= LARGEST).then(|| (size / SMALLEST).ilog2() as usize)
}

// SAFETY: a block is in one hand only: the caller's, or its class's list.
unsafe impl GlobalAlloc for Mapped {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match class_of(layout) {
            Some(class) => self.with(|state| state.take(class)),
            None => map(layout.size(), layout.align()),
        }
    }

    unsafe fn dealloc(&self, p: *mut u8, layout: Layout) {
        match class_of(layout) {
            Some(class) => self.with(|state| state.give(class, p)),
            None => {
                munmap(p, layout.size().next_multiple_of(PAGE));
            }
        }
    }

    unsafe fn realloc(&self, p: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let new = Layout::from_size_align_unchecked(size, layout.align());
        let class = class_of(layout);
        if class.is_some() && class == class_of(new) {
            return p;
        }
        let q = self.alloc(new);
        if !q.is_null() {
            p.copy_to_nonoverlapping(q, size.min(layout.size()));
            self.dealloc(p, layout);
        }
        q
    }
}

// From the C library, which every Rust program on Linux has.
extern "C" {
    fn mmap(at: *mut u8, size: usize, protection: i32, flags: i32, fd: i32, offset: i64) -> *mut u8;
    fn munmap(at: *mut u8, size: usize) -> i32;
}

/// Maps size bytes, rounded up to pages, at a multiple of align, or returns null.
fn map(size: usize, align: usize) -> *mut u8 {
    const READ_WRITE: i32 = 1 | 2;
    const PRIVATE_ANONYMOUS: i32 = 0x02 | 0x20;
    let size = size.next_multiple_of(PAGE);
    let spare = align.max(PAGE) - PAGE;
    // SAFETY: a new mapping; what is unmapped is its own surplus.
    unsafe {
        let start = mmap(null_mut(), size + spare, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0);
        if start as isize == -1 {
            return null_mut();
        }
        let before = start.align_offset(align);
        if before > 0 {
            munmap(start, before);
        }
        if before < spare {
            munmap(start.add(before + size), spare - before);
        }
        start.add(before)
    }
}
