//! An allocator in Rust alone.

use work::{Counting, Mapped};

#[global_allocator]
static HEAP: Counting<Mapped> = Counting::new(Mapped::new());

fn main() {
    work::run(HEAP.totals());
}
