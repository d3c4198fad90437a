//! The pieces of the work: each is one function, which stays in the stacks of
//! its blocks whatever the optimizer does, and counts the same in every run.

use crate::counting::{Piece, Totals};
use std::alloc::{alloc, alloc_zeroed, dealloc, realloc, Layout};
use std::array::from_fn;
use std::hint::black_box;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering::{AcqRel, Relaxed}};
use std::thread;
use std::time::Duration;

static PLANT: Piece = Piece::new("plant");
static GROW: Piece = Piece::new("grow");
static SPELL: Piece = Piece::new("spell");
static RESIZE: Piece = Piece::new("resize");
static CLEAR: Piece = Piece::new("clear");
static ALIGN: Piece = Piece::new("align");
static TRADE: Piece = Piece::new("trade");
static LEAK: Piece = Piece::new("leak");
static SUMMIT: Piece = Piece::new("summit");

static PIECES: [&Piece; 9] = [&PLANT, &GROW, &SPELL, &RESIZE, &CLEAR, &ALIGN, &TRADE, &LEAK, &SUMMIT];

/// Does all the work; totals are printed when the process ends.
pub fn run(totals: &'static Totals) {
    totals.print_at_exit(&PIECES);
    all();
}

/// Does all the work and prints totals: what comes after is not in them.
pub fn run_and_print(totals: &Totals) {
    all();
    totals.print(&PIECES);
}

fn all() {
    PLANT.of(|| black_box(depth(&plant(10))));
    GROW.of(|| black_box(grow(50)));
    SPELL.of(|| black_box(spell(200)));
    RESIZE.of(|| resize(100));
    CLEAR.of(|| black_box(clear(100)));
    ALIGN.of(|| black_box(align(30)));
    market();
    LEAK.of(|| leak(40));
    SUMMIT.of(|| black_box(summit(256)));
}

struct Tree {
    forks: Option<(Box<Tree>, Box<Tree>)>,
}

/// A full binary tree: 2^(height+1) - 1 blocks.
#[inline(never)]
fn plant(height: u32) -> Box<Tree> {
    let forks = (height > 0).then(|| (plant(height - 1), plant(height - 1)));
    black_box(Box::new(Tree { forks }))
}

fn depth(tree: &Tree) -> usize {
    tree.forks.as_ref().map_or(1, |(left, right)| 1 + depth(left).max(depth(right)))
}

/// Vectors that grow by reallocation.
#[inline(never)]
fn grow(n: u64) -> u64 {
    let mut sum = 0;
    for i in 0..n {
        let mut v = Vec::new();
        for j in 0..i * 10 {
            v.push(black_box(j));
        }
        v.shrink_to_fit();
        sum += v.iter().sum::<u64>();
    }
    sum
}

#[inline(never)]
fn spell(n: usize) -> usize {
    let words: Vec<String> = (0..n).map(|i| format!("word {i} of {n}, rather a long one")).collect();
    black_box(words.join(" and then ")).len()
}

/// Reallocations up and down, also far up, where an allocator takes pages.
#[inline(never)]
fn resize(n: usize) {
    for i in 1..=n {
        let mut size = i * 7;
        // SAFETY: the layout is the one that the block has each time.
        unsafe {
            let layout = |size| Layout::from_size_align_unchecked(size, 8);
            let mut p = alloc(layout(size));
            for next in [size * 2, size * 2 + 1, size * 1000, size / 2 + 1] {
                p = black_box(realloc(p, layout(size), next));
                size = next;
            }
            dealloc(p, layout(size));
        }
    }
}

/// Zeroed blocks, and that they are.
#[inline(never)]
fn clear(n: usize) -> usize {
    let mut set = 0;
    for i in 1..=n {
        let mut v = vec![0u8; i * i];
        set += black_box(&mut v).iter().filter(|&&byte| byte != 0).count();
        v.fill(1);
        black_box(&v);
    }
    // SAFETY: as above.
    unsafe {
        let layout = Layout::from_size_align_unchecked(5000, 256);
        let p = alloc_zeroed(layout);
        set += (0..5000).filter(|&i| *p.add(i) != 0).count();
        dealloc(p, layout);
    }
    assert_eq!(set, 0, "bytes that are not zero");
    set
}

#[repr(align(64))]
struct Line([u8; 64]);

#[repr(align(4096))]
struct Page([u8; 4096]);

/// Blocks aligned to more than an allocator aligns all, grown too.
#[inline(never)]
fn align(n: usize) -> usize {
    let mut lines = Vec::new();
    let mut sum = 0;
    for i in 0..n {
        lines.push(Line([i as u8; 64]));
        let page = black_box(Box::new(Page([i as u8; 4096])));
        assert_eq!(&raw const *page as usize % 4096, 0, "the page's alignment");
        sum += page.0[i] as usize;
    }
    assert_eq!(lines.as_ptr() as usize % 64, 0, "the lines' alignment");
    sum + lines.iter().map(|line| line.0[1] as usize).sum::<usize>()
}

const SIDES: usize = 3;
const ROUNDS: usize = 500;

type Counter = [AtomicPtr<Vec<u8>>; SIDES];

/// Threads that free each other's blocks. What std allocates to start and join
/// them belongs to no piece.
#[inline(never)]
fn market() {
    let counter: Counter = [const { AtomicPtr::new(null_mut()) }; SIDES];
    thread::scope(|scope| {
        let counter = &counter;
        let sides: [_; SIDES] = from_fn(|side| scope.spawn(move || TRADE.of(|| trade(counter, side))));
        // The scope's own end would not wait for what a thread frees after its work.
        for side in sides {
            side.join().expect("a thread that ended well");
        }
    });
}

/// Puts blocks on the next side's counter, and takes and frees those on its own.
#[inline(never)]
fn trade(counter: &Counter, side: usize) {
    let (mut given, mut taken) = (0, 0);
    let next = &counter[(side + 1) % SIDES];
    let mut ware: *mut Vec<u8> = null_mut();
    while given < ROUNDS || taken < ROUNDS {
        if given < ROUNDS {
            if ware.is_null() {
                ware = Box::into_raw(Box::new(vec![side as u8; given + 1]));
            }
            if next.compare_exchange(null_mut(), ware, AcqRel, Relaxed).is_ok() {
                ware = null_mut();
                given += 1;
            }
        }
        let got = counter[side].swap(null_mut(), AcqRel);
        if got.is_null() {
            thread::yield_now();
        } else {
            // SAFETY: it came from into_raw, and only this thread has it now.
            drop(unsafe { Box::from_raw(got) });
            taken += 1;
        }
    }
}

/// n blocks of 1000 bytes and more that nothing ever frees.
#[inline(never)]
fn leak(n: usize) {
    for i in 0..n {
        black_box(Box::leak(vec![1u8; 1000 + i].into_boxed_slice()));
    }
}

/// The peak: n blocks of 256 KiB at once, which stands out where they are hidden. With
/// LINGER in the environment it lasts long enough for whoever looks now and then.
#[inline(never)]
fn summit(n: usize) -> usize {
    let blocks: Vec<Vec<u8>> = (0..n).map(|i| vec![i as u8; 256 << 10]).collect();
    if std::env::var_os("LINGER").is_some() {
        thread::sleep(Duration::from_millis(300));
    }
    black_box(&blocks).iter().map(|block| block[1] as usize).sum()
}
