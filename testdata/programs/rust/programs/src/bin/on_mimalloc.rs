//! mimalloc; its features override and secure change the C library in it only.

use mimalloc::MiMalloc;
use work::Counting;

#[global_allocator]
static HEAP: Counting<MiMalloc> = Counting::new(MiMalloc);

fn main() {
    work::run(HEAP.totals());
}
