//! What an allocator costs, and nothing else: for benchmarks.

use std::hint::black_box;

/// Allocates and frees blocks by turns, as many as the program's argument says, from
/// a dozen calls deep.
pub fn alternate() {
    let blocks = std::env::args().nth(1).and_then(|n| n.parse().ok()).unwrap_or(1000);
    println!("{}", deeper(12, blocks));
}

#[inline(never)]
fn deeper(calls: u32, blocks: u64) -> u64 {
    if calls > 0 {
        return black_box(deeper(calls - 1, black_box(blocks)));
    }
    (0..blocks).map(|i| one(black_box(i))).sum()
}

#[inline(never)]
fn one(i: u64) -> u64 {
    u64::from(black_box(Vec::<u8>::with_capacity(32 + (i & 63) as usize)).capacity() > 0)
}
