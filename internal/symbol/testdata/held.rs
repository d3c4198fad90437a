// Variables of every kind that a program of Rust can hold its blocks by: of the crate, of modules, functions and
// threads, made at once, when first used, and once; and variables of functions. stop is called where debuggers
// are to look.
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, OnceLock};

static ORDERS: Mutex<Vec<Box<Order>>> = Mutex::new(Vec::new());
static INDEX: LazyLock<HashMap<String, Vec<u8>>> = LazyLock::new(|| HashMap::from([("one".to_string(), vec![1])]));
static CONFIG: OnceLock<String> = OnceLock::new();
static mut RAW: *mut u8 = std::ptr::null_mut();

thread_local! {
    static SCRATCH: RefCell<Vec<u8>> = RefCell::new(Vec::new());
    static DEPTH: Cell<usize> = const { Cell::new(0) };
    static WORDS: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

pub struct Order {
    number: u64,
    name: String,
}

mod cache {
    use std::sync::Mutex;
    pub static CACHE: Mutex<Vec<String>> = Mutex::new(Vec::new());
}

#[no_mangle]
#[inline(never)]
pub extern "C" fn stop(what: *const u8) {
    std::hint::black_box(what);
}

fn next() -> u64 {
    static COUNTER: Mutex<Vec<u64>> = Mutex::new(Vec::new());
    let mut counter = COUNTER.lock().unwrap();
    let n = counter.len() as u64;
    counter.push(n);
    n
}

#[inline(always)]
fn weigh(words: &[String], by: u64) -> u64 {
    let total: u64 = words.iter().map(|w| w.len() as u64 * by).sum();
    stop(words.as_ptr() as *const u8);
    total
}

#[inline(never)]
fn measure(order: Order, words: &[String], table: &mut HashMap<u64, String>) -> u64 {
    let mut sum = order.number;
    let local: Vec<u64> = (0..words.len() as u64).collect();
    for (i, word) in words.iter().enumerate() {
        let copy = word.clone();
        table.insert(i as u64, copy);
        if i == 1 {
            stop(word.as_ptr());
        }
    }
    sum += weigh(words, 3);
    stop(local.as_ptr() as *const u8);
    sum + local.iter().sum::<u64>() + order.name.len() as u64
}

fn main() {
    ORDERS.lock().unwrap().push(Box::new(Order { number: 1, name: "first".to_string() }));
    cache::CACHE.lock().unwrap().push("cached".to_string());
    CONFIG.get_or_init(|| "configured".to_string());
    SCRATCH.with(|s| s.borrow_mut().push(INDEX.len() as u8));
    DEPTH.set(DEPTH.get() + 1);
    WORDS.with(|w| w.borrow_mut().push("word".to_string()));
    unsafe { RAW = Box::into_raw(Box::new(7u8)) };
    let words: Vec<String> = ["a", "bc", "def"].iter().map(|s| s.to_string()).collect();
    let mut table = HashMap::new();
    let sum = measure(Order { number: next() + next(), name: "mine".to_string() }, &words, &mut table);
    println!("{sum} {} {}", table.len(), unsafe { *RAW });
}
