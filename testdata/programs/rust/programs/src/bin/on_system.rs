//! The C library's malloc, as Rust has it from the start.

use std::alloc::System;
use work::Counting;

#[global_allocator]
static HEAP: Counting<System> = Counting::new(System);

fn main() {
    work::run(HEAP.totals());
}
