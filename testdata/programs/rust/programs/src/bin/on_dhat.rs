//! dhat-rs, which profiles by itself: its profile goes to the file that the first
//! argument names, with stacks long enough to lead to the pieces. The counts are
//! those before it is written.

use std::env;
use work::Counting;

#[global_allocator]
static HEAP: Counting<dhat::Alloc> = Counting::new(dhat::Alloc);

fn main() {
    let file = env::args_os().nth(1).expect("a file's name");
    let _profiler = dhat::Profiler::builder().file_name(file).trim_backtraces(Some(40)).build();
    work::run_and_print(HEAP.totals());
}
