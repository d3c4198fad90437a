//! jemalloc, by the package that is kept up.

use tikv_jemallocator::Jemalloc;
use work::Counting;

#[global_allocator]
static HEAP: Counting<Jemalloc> = Counting::new(Jemalloc);

fn main() {
    work::run(HEAP.totals());
}
