//! jemalloc, by the older package, which many programs still have.

use jemallocator::Jemalloc;
use work::Counting;

#[global_allocator]
static HEAP: Counting<Jemalloc> = Counting::new(Jemalloc);

fn main() {
    work::run(HEAP.totals());
}
