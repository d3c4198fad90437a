//! What dhat-rs can assert of a program, in the program: the first argument is "heap", then its
//! counts of what `measured` allocates are printed; "plain", then the same is done without its
//! profiler, which allocates as well; or "events", then those of the calls of
//! `weigh`, with the weight that each is told, and its profile goes to the file that the second
//! argument names.

use std::collections::BTreeMap;
use std::env;
use std::hint::black_box;

#[global_allocator]
static HEAP: dhat::Alloc = dhat::Alloc;

/// Allocates blocks that live at the same time, some that do not, and one that grows.
#[inline(never)]
fn measured() -> usize {
    let mut words = BTreeMap::new();
    for i in 0..1000usize {
        words.insert(i, format!("word {i}"));
        let doubled: Vec<usize> = black_box(vec![i; i % 7 + 1]);
        black_box(doubled.iter().sum::<usize>());
    }
    let mut all = Vec::new();
    for word in words.values() {
        all.extend_from_slice(word.as_bytes());
    }
    black_box(all).len()
}

/// An event of the weight that is its second argument.
#[inline(never)]
pub extern "C" fn weigh(kind: usize, weight: usize) -> usize {
    dhat::ad_hoc_event(weight);
    black_box(kind) + weight
}

#[inline(never)]
fn light(n: usize) -> usize {
    (0..n).map(|i| weigh(1, i % 3)).sum()
}

#[inline(never)]
fn heavy(n: usize) -> usize {
    (0..n).map(|i| weigh(2, 1000 + i)).sum()
}

fn main() {
    let args: Vec<String> = env::args().collect();
    if args[1] == "heap" {
        let profiler = dhat::Profiler::builder().testing().build();
        black_box(measured());
        let stats = dhat::HeapStats::get();
        drop(profiler);
        println!("total_blocks={}", stats.total_blocks);
        println!("total_bytes={}", stats.total_bytes);
        println!("peak_blocks={}", stats.max_blocks);
        println!("peak_bytes={}", stats.max_bytes);
        println!("end_blocks={}", stats.curr_blocks);
        println!("end_bytes={}", stats.curr_bytes);
        return;
    }
    if args[1] == "plain" {
        println!("bytes={}", measured());
        return;
    }
    let profiler = dhat::Profiler::builder().ad_hoc().file_name(&args[2]).build();
    black_box(light(300) + heavy(20));
    let stats = dhat::AdHocStats::get();
    drop(profiler);
    println!("events={}", stats.total_events);
    println!("units={}", stats.total_units);
}
