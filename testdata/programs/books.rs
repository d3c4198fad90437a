// A global allocator that keeps books in a Vec, which grows within its own alloc. Makes
// a Vec of a given room and 5,000 boxes, all in the function `boxes`, and prints how many
// bytes and blocks that is. The books are a Vec of 16 bytes a block.
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, UnsafeCell};

struct Counting;

thread_local! {
    static BOOKING: Cell<bool> = const { Cell::new(false) };
}

struct Books(UnsafeCell<Vec<(usize, usize)>>);
unsafe impl Sync for Books {}
static BOOKS: Books = Books(UnsafeCell::new(Vec::new()));

unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let block = unsafe { System.alloc(layout) };
        if !BOOKING.replace(true) {
            unsafe { (*BOOKS.0.get()).push((block as usize, layout.size())) };
            BOOKING.set(false);
        }
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const BOXES: usize = 5000;

#[inline(never)]
fn boxes() -> Vec<Box<[u8; 100]>> {
    let mut all = Vec::with_capacity(BOXES);
    for i in 0..BOXES {
        all.push(Box::new([i as u8; 100]));
    }
    all
}

fn main() {
    let all = boxes();
    println!("own_bytes={} own_blocks={}", all.len() * 108, all.len() + 1);
}
