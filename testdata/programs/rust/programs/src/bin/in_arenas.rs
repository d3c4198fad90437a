//! Arenas and pools: what they take from the allocator are chunks and pages; what
//! was asked of them is printed as "asked".

use bumpalo::Bump;
use sharded_slab::{Pool, Slab};
use std::alloc::System;
use std::hint::black_box;
use std::mem::forget;
use typed_arena::Arena;
use work::{Counting, Piece};

#[global_allocator]
static HEAP: Counting<System> = Counting::new(System);

static BUMP: Piece = Piece::new("bump");
static TYPED: Piece = Piece::new("typed");
static SLAB: Piece = Piece::new("slab");
static POOL: Piece = Piece::new("pool");
static ASKED: Piece = Piece::new("asked");

static PIECES: [&Piece; 5] = [&BUMP, &TYPED, &SLAB, &POOL, &ASKED];

const ITEMS: usize = 20_000;

struct Item {
    numbers: [u64; 5],
}

impl Item {
    fn new(i: usize) -> Self {
        Item { numbers: [i as u64; 5] }
    }
}

#[inline(never)]
fn bump() -> Bump {
    let arena = Bump::new();
    for i in 0..ITEMS {
        black_box(arena.alloc(Item::new(i)));
    }
    arena
}

#[inline(never)]
fn typed() -> Arena<Item> {
    let arena = Arena::new();
    for i in 0..ITEMS {
        black_box(arena.alloc(Item::new(i)));
    }
    arena
}

/// A slab that keeps its pages, though most of what was in them is removed.
#[inline(never)]
fn slab() -> Slab<Item> {
    let slab = Slab::new();
    for i in 0..ITEMS {
        let key = slab.insert(Item::new(i)).expect("room in the slab");
        if i % 4 > 0 {
            slab.remove(key);
        }
    }
    slab
}

/// A pool of buffers, each cleared and used again.
#[inline(never)]
fn pool() -> Pool<Vec<u8>> {
    let pool: Pool<Vec<u8>> = Pool::new();
    for i in 0..ITEMS {
        let mut buffer = pool.create().expect("room in the pool");
        buffer.resize(100 + i % 100, 1);
        let key = buffer.key();
        drop(buffer);
        pool.clear(key);
    }
    pool
}

fn main() {
    HEAP.totals().print_at_exit(&PIECES);
    let arenas = (BUMP.of(bump), TYPED.of(typed), SLAB.of(slab), POOL.of(pool));
    let sum: u64 = arenas.2.get(0).map_or(0, |item| item.numbers.iter().sum());
    assert_eq!(sum, 0, "the first item");
    // Of the arenas and the slab; what the pool's buffers need differs.
    for _ in 0..3 * ITEMS {
        ASKED.add(size_of::<Item>());
    }
    forget(arenas);
}
