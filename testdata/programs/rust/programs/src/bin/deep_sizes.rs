//! Values of many kinds, each of which one function drops. Before that three crates say how much
//! memory they think the value owns, apart from itself: NAME_deepsize, NAME_get_size and
//! NAME_memuse, in bytes. What a crate has no trait for it says nothing of.

use deepsize::{Context, DeepSizeOf};
use get_size2::GetSize;
use memuse::DynamicUsage;
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::mem::size_of_val;
use std::rc::Rc;

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

/// Makes a value, has it measured, and drops it in a function of its name. That is not the last
/// that the function does: else it would jump there, and not be on the stack.
macro_rules! measured {
    ($name:ident: $type:ty = $make:expr; $($by:ident)*) => {{
        #[inline(never)]
        fn $name(value: $type) {
            drop(value);
            std::hint::black_box(());
        }
        let drop_it: fn($type) = $name;
        let $name: $type = $make;
        $($by!($name);)*
        drop_it($name);
    }};
}

fn main() {
    measured!(boxes: Vec<Box<Leaf>> = (0..1000).map(|i| Box::new(leaf(i))).collect(); deepsize get_size memuse);
    measured!(strings: Vec<String> = (0..1000).map(|i| format!("string number {i}")).collect(); deepsize get_size memuse);
    measured!(grown: Vec<u64> = { let mut v = Vec::new(); for i in 0..1000 { v.push(i) } v }; deepsize get_size memuse);
    measured!(deque: VecDeque<Leaf> = { let mut d = VecDeque::new(); for i in 0..1000 { d.push_back(leaf(i)) } d }; deepsize get_size memuse);
    measured!(slice: Box<[u32]> = vec![7u32; 10_000].into_boxed_slice(); deepsize get_size);
    measured!(nested: Vec<Branch> = (0..1000).map(branch).collect(); deepsize get_size memuse);
    measured!(map: HashMap<String, Branch> = (0..1000).map(|i| (format!("key {i}"), branch(i))).collect(); deepsize get_size memuse);
    measured!(set: HashSet<u64> = (0..5000).collect(); deepsize get_size memuse);
    measured!(tree: BTreeMap<u32, Branch> = (0..1000).map(|i| (i as u32, branch(i))).collect(); deepsize get_size);
    measured!(shared: Vec<Rc<Leaf>> = { let one = Rc::new(leaf(1)); (0..1000).map(|_| one.clone()).collect() }; deepsize get_size);
}
