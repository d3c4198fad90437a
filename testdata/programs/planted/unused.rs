// 2,000 queues, filled in 100 steps a millisecond apart; then the program works with them for as long.
//
// planted:  each has room for 512 numbers and gets 20. Must be found: unused-capacity, at the marked line.
// harmless: each gets 300. Must not be found: unused-capacity.
use std::{env, process::exit, thread::sleep, time::Duration};

fn queue(numbers: u64) -> Vec<u64> {
    let mut queue = Vec::with_capacity(512); // site: unused-capacity
    queue.extend(1..=numbers);
    queue
}

fn main() {
    let numbers = match env::args().nth(1).as_deref() {
        Some("planted") => 20,
        Some("harmless") => 300,
        _ => exit(2),
    };
    let mut queues = Vec::new();
    for i in 0..200 {
        if i < 100 {
            queues.extend((0..20).map(|_| queue(numbers)));
        }
        sleep(Duration::from_millis(1));
    }
    let sum: u64 = queues.iter().map(|q| q[0]).sum();
    exit(if sum == 2000 { 0 } else { 1 })
}
