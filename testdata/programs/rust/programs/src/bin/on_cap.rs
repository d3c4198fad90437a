//! A wrapper that limits what may be allocated, over the C library's malloc.

use cap::Cap;
use std::alloc::System;
use work::Counting;

#[global_allocator]
static HEAP: Counting<Cap<System>> = Counting::new(Cap::new(System, usize::MAX));

fn main() {
    work::run(HEAP.totals());
}
