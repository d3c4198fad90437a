//! A wrapper that counts, over the C library's malloc, and is asked at the end.

use stats_alloc::{Region, StatsAlloc};
use std::alloc::System;
use work::Counting;

static STATS: StatsAlloc<System> = StatsAlloc::system();

#[global_allocator]
static HEAP: Counting<&StatsAlloc<System>> = Counting::new(&STATS);

fn main() {
    let region = Region::new(&STATS);
    work::run(HEAP.totals());
    assert!(region.change().allocations > 0, "stats_alloc saw nothing");
}
