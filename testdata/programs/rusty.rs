// Rust's own collections, as plain as its programs are: Vec, String, Box, HashMap,
// BTreeMap, Rc, a boxed closure, a panic that is caught, and threads that hand
// their boxes over a channel. Counts the blocks that it makes itself through
// Layout-sized boxes ("own_blocks", "own_bytes"), all in the function `boxes`.
use std::alloc::{alloc, dealloc, Layout};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::mpsc;
use std::thread;

struct Shape {
    name: String,
    points: Vec<(f64, f64)>,
}

trait Area {
    fn area(&self) -> f64;
}

impl Area for Shape {
    fn area(&self) -> f64 {
        self.points.iter().map(|(x, y)| x * y).sum::<f64>() + self.name.len() as f64
    }
}

#[inline(never)]
fn shapes(n: usize) -> Vec<Box<dyn Area>> {
    let mut all: Vec<Box<dyn Area>> = Vec::new();
    for i in 0..n {
        let points = (0..i % 10).map(|p| (p as f64, i as f64)).collect();
        let name = format!("shape number {i}, which has a long name");
        all.push(Box::new(Shape { name, points }));
    }
    all
}

#[inline(never)]
fn words(n: usize) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for i in 0..n {
        *counts.entry(format!("word {}", i % 37)).or_insert(0) += i;
    }
    counts
}

#[inline(never)]
fn boxes(n: usize) -> (usize, usize) {
    let (mut blocks, mut bytes) = (0, 0);
    for i in 1..=n {
        let layout = Layout::from_size_align(i * 3, 8).unwrap();
        unsafe { dealloc(alloc(layout), layout) };
        blocks += 1;
        bytes += i * 3;
    }
    (blocks, bytes)
}

#[inline(never)]
fn hand_over(n: usize) -> usize {
    let (tx, rx) = mpsc::channel::<Box<[u8]>>();
    let producers: Vec<_> = (0..3)
        .map(|i| {
            let tx = tx.clone();
            thread::spawn(move || {
                for j in 0..n {
                    tx.send(vec![i as u8; j + 1].into_boxed_slice()).unwrap();
                }
            })
        })
        .collect();
    drop(tx);
    let sum = rx.iter().map(|b| b.len()).sum();
    for p in producers {
        p.join().unwrap();
    }
    sum
}

#[inline(never)]
fn caught() -> bool {
    std::panic::catch_unwind(|| {
        let held = Rc::new(vec![1u64; 100]);
        if held.len() == 100 {
            std::panic::panic_any(held.len());
        }
    })
    .is_err()
}

fn main() {
    std::panic::set_hook(Box::new(|_| {}));
    let all = shapes(50);
    let area: f64 = all.iter().map(|s| s.area()).sum();
    let sorted: BTreeMap<String, usize> = words(500).into_iter().collect();
    let handed = hand_over(100);
    let caught = caught();
    let (blocks, bytes) = boxes(40);
    println!(
        "own_blocks={blocks} own_bytes={bytes} area={area} words={} handed={handed} caught={}",
        sorted.len(),
        caught as u8
    );
}
