//! dhat-rs, which profiles by itself: its profile goes to the file that the first
//! argument names. The counts are those before it is written.

use std::env;
use work::Counting;

#[global_allocator]
static HEAP: Counting<dhat::Alloc> = Counting::new(dhat::Alloc);

fn main() {
    let file = env::args_os().nth(1).expect("a file's name");
    let _profiler = dhat::Profiler::builder().file_name(file).build();
    work::run(HEAP.totals());
}
