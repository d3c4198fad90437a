//! Values of many kinds, each of which one function drops. Before that three crates say how much
//! memory they think the value owns, apart from itself: NAME_deepsize, NAME_get_size and
//! NAME_memuse, in bytes. What a crate has no trait for it says nothing of.
//!
//! With the argument "kept" each is put into the static KEPT of that function instead, and other blocks are made:
//! lost ones by leak_…, and some that only look lost by hold_…. The program exits then with values on its stack.

use deepsize::{Context, DeepSizeOf};
use get_size2::GetSize;
use memuse::DynamicUsage;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::hint::black_box;
use std::mem::size_of_val;
use std::ptr::{addr_of, addr_of_mut};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicPtr, Ordering::Relaxed};
use std::sync::{mpsc, Arc, Mutex, OnceLock};

#[derive(Clone)]
pub struct Leaf(pub u64, pub [u64; 5]);

pub struct Branch {
    pub name: String,
    pub leaves: Vec<Leaf>,
    pub boxed: Box<Leaf>,
}

impl DeepSizeOf for Leaf {
    fn deep_size_of_children(&self, _: &mut Context) -> usize {
        0
    }
}

impl DeepSizeOf for Branch {
    fn deep_size_of_children(&self, c: &mut Context) -> usize {
        self.name.deep_size_of_children(c) + self.leaves.deep_size_of_children(c) + self.boxed.deep_size_of_children(c)
    }
}

impl GetSize for Leaf {}

impl GetSize for Branch {
    fn get_heap_size(&self) -> usize {
        self.name.get_heap_size() + self.leaves.get_heap_size() + self.boxed.get_heap_size()
    }
}

memuse::impl_no_dynamic_usage!(Leaf);

impl DynamicUsage for Branch {
    fn dynamic_usage(&self) -> usize {
        self.name.dynamic_usage() + self.leaves.dynamic_usage() + self.boxed.dynamic_usage()
    }

    fn dynamic_usage_bounds(&self) -> (usize, Option<usize>) {
        (self.dynamic_usage(), None)
    }
}

fn leaf(i: u64) -> Leaf {
    Leaf(i, [i; 5])
}

fn branch(i: u64) -> Branch {
    Branch { name: format!("branch number {i}"), leaves: (0..i % 9 + 1).map(leaf).collect(), boxed: Box::new(leaf(i)) }
}

macro_rules! deepsize {
    ($name:ident) => {
        println!("{}_deepsize={}", stringify!($name), $name.deep_size_of() - size_of_val(&$name))
    };
}
macro_rules! get_size {
    ($name:ident) => {
        println!("{}_get_size={}", stringify!($name), $name.get_heap_size())
    };
}
macro_rules! memuse {
    ($name:ident) => {
        println!("{}_memuse={}", stringify!($name), $name.dynamic_usage())
    };
}

/// Makes a value, has it measured, and drops or keeps it in a function of its name. To drop it is not the last
/// that the function does: else it would jump there, and not be on the stack.
macro_rules! measured {
    ($keep:ident $name:ident: $type:ty = $make:expr; $($by:ident)*) => {{
        #[inline(never)]
        fn $name(value: $type, keep: bool) {
            static mut KEPT: Option<$type> = None;
            if keep {
                // SAFETY: there is one thread.
                unsafe { addr_of_mut!(KEPT).write(Some(value)) };
            } else {
                drop(value);
            }
            black_box(addr_of!(KEPT));
        }
        let done_with: fn($type, bool) = $name;
        let $name: $type = $make;
        $($by!($name);)*
        done_with($name, $keep);
    }};
}

fn main() {
    let keep = std::env::args().nth(1).is_some_and(|word| word == "kept");
    measured!(keep boxes: Vec<Box<Leaf>> = (0..1000).map(|i| Box::new(leaf(i))).collect(); deepsize get_size memuse);
    measured!(keep strings: Vec<String> = (0..1000).map(|i| format!("string number {i}")).collect(); deepsize get_size memuse);
    measured!(keep grown: Vec<u64> = { let mut v = Vec::new(); for i in 0..1000 { v.push(i) } v }; deepsize get_size memuse);
    measured!(keep deque: VecDeque<Leaf> = { let mut d = VecDeque::new(); for i in 0..1000 { d.push_back(leaf(i)) } d }; deepsize get_size memuse);
    measured!(keep slice: Box<[u32]> = vec![7u32; 10_000].into_boxed_slice(); deepsize get_size);
    measured!(keep nested: Vec<Branch> = (0..1000).map(branch).collect(); deepsize get_size memuse);
    measured!(keep map: HashMap<String, Branch> = (0..1000).map(|i| (format!("key {i}"), branch(i))).collect(); deepsize get_size memuse);
    measured!(keep table: HashMap<String, Vec<u8>> = (0..5000).map(|i| (format!("key {i}"), vec![1; i % 50])).collect(); deepsize get_size memuse);
    measured!(keep set: HashSet<u64> = (0..5000).collect(); deepsize get_size memuse);
    measured!(keep tree: BTreeMap<u32, Branch> = (0..1000).map(|i| (i as u32, branch(i))).collect(); deepsize get_size);
    measured!(keep shared: Vec<Rc<Leaf>> = { let one = Rc::new(leaf(1)); (0..1000).map(|_| one.clone()).collect() }; deepsize get_size);
    measured!(keep text: String = "some text; ".repeat(1000); deepsize get_size memuse);
    measured!(keep optional: Option<Box<Branch>> = Some(Box::new(branch(8))); deepsize get_size memuse);
    if keep {
        look_lost();
        leak_forgotten();
        leak_cycles();
        exit_with(vec![format!("{} on the stack", 1); 10]);
    }
}

static LEAKED: OnceLock<&'static [Leaf]> = OnceLock::new();
static ADDRESS: AtomicPtr<Leaf> = AtomicPtr::new(std::ptr::null_mut());
static ONE: Mutex<Option<Arc<Branch>>> = Mutex::new(None);
static OTHER: Mutex<Option<Arc<Branch>>> = Mutex::new(None);
static FAILED: Mutex<Option<std::io::Error>> = Mutex::new(None);
static CHANNEL: Mutex<Option<mpsc::Receiver<Box<Leaf>>>> = Mutex::new(None);

thread_local! {
    static LOCAL: RefCell<Vec<Box<Leaf>>> = const { RefCell::new(Vec::new()) };
}

#[inline(never)]
fn look_lost() {
    let leaked: Vec<Leaf> = (0..500).map(leaf).collect();
    let _ = LEAKED.set(Box::leak(leaked.into_boxed_slice()));
    ADDRESS.store(Box::into_raw(Box::new(leaf(1))), Relaxed);
    hold_both();
    // The pointer in it has a mark in its low bits.
    *FAILED.lock().unwrap() = Some(std::io::Error::other(format!("failure {}", 1)));
    // On a stack with nothing left on it: the channel is copied from there, with what fills its cache lines up.
    std::thread::spawn(hold_in_channel).join().unwrap();
    LOCAL.with_borrow_mut(|local| local.extend((0..200).map(|i| Box::new(leaf(i)))));
    hold_in_thread();
    black_box((&LEAKED, &ADDRESS, &FAILED, &CHANNEL));
}

#[inline(never)]
fn hold_in_channel() {
    let (sender, receiver) = mpsc::channel();
    (0..100).for_each(|i| sender.send(Box::new(leaf(i))).unwrap());
    *CHANNEL.lock().unwrap() = Some(receiver);
}

#[inline(never)]
fn hold_both() {
    let both = Arc::new(branch(7));
    *ONE.lock().unwrap() = Some(both.clone());
    *OTHER.lock().unwrap() = Some(both);
    black_box((&ONE, &OTHER));
}

#[inline(never)]
fn hold_in_thread() {
    static STARTED: AtomicBool = AtomicBool::new(false);
    let mine: Vec<Box<Leaf>> = (0..300).map(|i| Box::new(leaf(i))).collect();
    let body = move || {
        black_box(&mine);
        STARTED.store(true, Relaxed);
        loop {
            std::thread::park();
            black_box(&mine);
        }
    };
    std::thread::Builder::new().name("parked".into()).spawn(body).unwrap();
    while !STARTED.load(Relaxed) {
        std::thread::yield_now();
    }
}

#[inline(never)]
fn leak_forgotten() {
    let many: Vec<Box<Leaf>> = (0..400).map(|i| Box::new(leaf(i))).collect();
    std::mem::forget(black_box(many));
}

struct Ring {
    next: RefCell<Option<Rc<Ring>>>,
    name: String,
}

#[inline(never)]
fn leak_cycles() {
    for i in 0..100 {
        let ring = |i| Rc::new(Ring { next: RefCell::new(None), name: format!("ring {i}") });
        let (a, b) = (ring(i), ring(i + 1));
        *a.next.borrow_mut() = Some(b.clone());
        *b.next.borrow_mut() = Some(a.clone());
        black_box(&a.name);
    }
}

#[inline(never)]
fn exit_with(mine: Vec<String>) -> ! {
    black_box(&mine);
    std::process::exit(0)
}
