//! Counts what goes through an allocator, without allocating.
//!
//! The rules are DHAT's: a realloc is one more block of the new size, and of
//! equal peaks the last one counts. Bytes are those asked for.

use std::alloc::{GlobalAlloc, Layout};
use std::cell::Cell;
use std::fs::File;
use std::io::{Cursor, Write};
use std::mem::ManuallyDrop;
use std::os::fd::FromRawFd;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::OnceLock;

// Neither of them has a destructor, for which the thread would allocate.
thread_local! {
    static PIECE: Cell<Option<&'static Piece>> = const { Cell::new(None) };
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// An allocator that counts its calls and hands each on to `A`.
pub struct Counting<A> {
    inner: A,
    totals: Totals,
}

impl<A> Counting<A> {
    pub const fn new(inner: A) -> Self {
        Counting { inner, totals: Totals::new() }
    }

    pub fn totals(&self) -> &Totals {
        &self.totals
    }
}

// SAFETY: every block comes from A and goes back to it.
unsafe impl<A: GlobalAlloc> GlobalAlloc for Counting<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let p = within(|| self.inner.alloc(layout));
        self.totals.made(p, layout.size());
        p
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        let p = within(|| self.inner.alloc_zeroed(layout));
        self.totals.made(p, layout.size());
        p
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let p = within(|| self.inner.realloc(old, layout, size));
        self.totals.resized(p, layout.size(), size);
        p
    }

    unsafe fn dealloc(&self, p: *mut u8, layout: Layout) {
        // Before another thread can have the block again: the peak is not less.
        self.totals.freed(layout.size());
        within(|| self.inner.dealloc(p, layout));
    }
}

/// Runs a call of the inner allocator, which may allocate for itself through the
/// global one, as dhat's does.
fn within<T>(call: impl FnOnce() -> T) -> T {
    DEPTH.set(DEPTH.get() + 1);
    let result = call();
    DEPTH.set(DEPTH.get() - 1);
    result
}

static REPORT: OnceLock<(&Totals, &[&Piece])> = OnceLock::new();

// From the C library, which every Rust program on Linux has.
extern "C" {
    fn atexit(function: extern "C" fn()) -> i32;
}

/// What a program has allocated up to now. The peak is right where only one
/// thread allocates about it.
pub struct Totals {
    all: Count,
    /// Of all, those made inside a call of the allocator.
    nested: Count,
    live: Count,
    peak: Count,
}

struct Count {
    bytes: AtomicU64,
    blocks: AtomicU64,
}

impl Count {
    const fn new() -> Self {
        Count { bytes: AtomicU64::new(0), blocks: AtomicU64::new(0) }
    }

    fn add(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Relaxed);
        self.blocks.fetch_add(1, Relaxed);
    }

    fn print(&self, out: &mut impl Write, name: &str) -> std::io::Result<()> {
        let (bytes, blocks) = (self.bytes.load(Relaxed), self.blocks.load(Relaxed));
        write!(out, "{name}_bytes={bytes} {name}_blocks={blocks} ")
    }
}

impl Totals {
    const fn new() -> Self {
        Totals { all: Count::new(), nested: Count::new(), live: Count::new(), peak: Count::new() }
    }

    fn made(&self, p: *mut u8, size: usize) {
        if p.is_null() {
            return;
        }
        self.add(size);
        self.live.add(size);
        self.note_peak();
    }

    fn resized(&self, p: *mut u8, old: usize, new: usize) {
        if p.is_null() {
            return;
        }
        self.add(new);
        self.live.bytes.fetch_add((new as u64).wrapping_sub(old as u64), Relaxed);
        self.note_peak();
    }

    fn freed(&self, size: usize) {
        self.live.bytes.fetch_sub(size as u64, Relaxed);
        self.live.blocks.fetch_sub(1, Relaxed);
        self.note_peak();
    }

    fn add(&self, size: usize) {
        self.all.add(size);
        if DEPTH.get() > 0 {
            self.nested.add(size);
        } else if let Some(piece) = PIECE.get() {
            piece.count.add(size);
        }
    }

    fn note_peak(&self) {
        let bytes = self.live.bytes.load(Relaxed);
        if bytes >= self.peak.bytes.load(Relaxed) {
            self.peak.bytes.store(bytes, Relaxed);
            self.peak.blocks.store(self.live.blocks.load(Relaxed), Relaxed);
        }
    }

    /// Prints the counts when the process ends: when what the standard library
    /// frees after main is free too.
    pub fn print_at_exit(&'static self, pieces: &'static [&'static Piece]) {
        REPORT.set((self, pieces)).ok().expect("one report");
        extern "C" fn print() {
            if let Some((totals, pieces)) = REPORT.get() {
                totals.print(pieces);
            }
        }
        // SAFETY: print needs nothing that is gone by then.
        let failed = unsafe { atexit(print) };
        assert_eq!(failed, 0, "room for a function at exit");
    }

    /// Prints the counts up to now on standard output, as name=value, those of
    /// the pieces under their own names. Standard output's own buffer would be
    /// one more block, so it is passed by.
    pub fn print(&self, pieces: &[&Piece]) {
        let mut line = Cursor::new([0u8; 2048]);
        let counts = [("total", &self.all), ("nested", &self.nested), ("peak", &self.peak), ("end", &self.live)];
        let pieces = pieces.iter().map(|piece| (piece.name, &piece.count));
        for (name, count) in counts.into_iter().chain(pieces) {
            count.print(&mut line, name).expect("room in the line");
        }
        writeln!(line).expect("room in the line");
        let length = line.position() as usize;
        // SAFETY: the descriptor is not closed.
        let mut stdout = ManuallyDrop::new(unsafe { File::from_raw_fd(1) });
        stdout.write_all(&line.get_ref()[..length]).expect("standard output");
    }
}

/// A part of the work, named after the function whose blocks these are. Blocks
/// made inside the allocator are not.
pub struct Piece {
    name: &'static str,
    count: Count,
}

impl Piece {
    pub const fn new(name: &'static str) -> Self {
        Piece { name, count: Count::new() }
    }

    /// Counts a block that the program got in another way than by the allocator.
    pub fn add(&self, bytes: usize) {
        self.count.add(bytes);
    }

    /// Counts in this piece what this thread allocates in part.
    pub fn of<T>(&'static self, part: impl FnOnce() -> T) -> T {
        let outer = PIECE.replace(Some(self));
        let result = part();
        PIECE.set(outer);
        result
    }
}
