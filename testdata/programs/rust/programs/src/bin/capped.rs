//! Holds more and more memory until it is refused: by the crate cap, whose limit is the first argument
//! (0: none), or by whoever runs it. Then it prints how much cap says was allocated and which size failed. With a second
//! argument it asks for more than the limit once more, in a way that cannot fail.

use cap::Cap;
use std::alloc::System;
use std::env;
use std::hint::black_box;

#[global_allocator]
static HEAP: Cap<System> = Cap::new(System, usize::MAX);

/// Here cap becomes a part of the caller, so that no function of the allocator's is called.
#[inline(never)]
fn demand(numbers: usize) -> usize {
    black_box(Vec::<u64>::with_capacity(numbers)).capacity()
}

fn main() {
    let args: Vec<String> = env::args().collect();
    let limit: usize = args[1].parse().unwrap();
    if limit > 0 {
        HEAP.set_limit(limit).unwrap();
    }
    let mut held = Vec::with_capacity(1000);
    let mut bytes = 1000;
    while held.len() < held.capacity() {
        match work::hold(bytes) {
            Some(block) => held.push(block),
            None => break,
        }
        bytes += 1000;
    }
    let (allocated, blocks) = (HEAP.allocated(), held.len());
    drop(held); // there is nothing left for what follows
    println!("allocated={allocated} held={blocks} failed={bytes}");
    if args.len() > 2 {
        println!("{}", demand(limit));
    }
}
