//! An allocator in Rust alone that others wrote: dlmalloc's, over mmap.

use dlmalloc::GlobalDlmalloc;
use work::Counting;

#[global_allocator]
static HEAP: Counting<GlobalDlmalloc> = Counting::new(GlobalDlmalloc);

fn main() {
    work::run(HEAP.totals());
}
