//! Allocates through each container of Rust's library, each in a function of its own, and in ways in which one container's
//! code calls another's. A test knows which types the blocks of each function are of.

#![allow(dead_code)]

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::ffi::{CString, OsString};
use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc;
use std::sync::{Arc, Mutex, OnceLock};

#[derive(Clone)]
pub struct Leaf(u64, [u64; 5]);
#[derive(Clone)]
pub struct Branch {
    name: String,
    leaves: Vec<Leaf>,
}
pub trait Speak {
    fn speak(&self) -> u64;
}
impl Speak for Leaf {
    fn speak(&self) -> u64 {
        self.0 + self.1[0]
    }
}
mod other {
    #[derive(Clone, Default)]
    pub struct Leaf(pub [u32; 3]);
}

fn leaf(i: u64) -> Leaf {
    Leaf(i, [i; 5])
}

/// What each function makes is kept until the end, so that nothing is optimised away.
macro_rules! functions {
    ($($name:ident $body:block)*) => {
        $(#[inline(never)] fn $name() -> impl Sized $body)*
        fn main() {
            $(let $name = black_box($name());)*
            println!("{}", 0 $(+ std::mem::size_of_val(&$name))*);
        }
    };
}

functions! {
    // One block, of one type.
    boxed { Box::new(leaf(1)) }
    boxed_array { Box::new([7u16; 300]) }
    boxed_dyn { Box::new(leaf(2)) as Box<dyn Speak> }
    boxed_closure { let n = black_box(3u64); Box::new(move || n + 1) as Box<dyn Fn() -> u64> }
    boxed_slice { vec![1u32; 10].into_boxed_slice() }
    boxed_str { Box::<str>::from(black_box("a str in a box")) }
    counted { Rc::new(leaf(3)) }
    counted_str { Rc::<str>::from(black_box("a str that is counted")) }
    counted_slice { Rc::<[u16]>::from(black_box(&[1u16, 2, 3][..])) }
    shared { Arc::new(Mutex::new(leaf(4))) }
    shared_dyn { Arc::new(AtomicU64::new(4)) as Arc<dyn Send> }
    literal { vec![leaf(1), leaf(2), leaf(black_box(3))] }
    zeroed { vec![0u8; black_box(1000)] }
    repeated { vec![leaf(9); black_box(10)] }
    reserved { Vec::<u64>::with_capacity(black_box(10)) }
    pushed { let mut v = Vec::new(); for i in 0..black_box(9) { v.push(leaf(i)); } v }
    from_array { Vec::from([leaf(1), leaf(black_box(2))]) }
    bytes { black_box(&b"bytes"[..]).to_vec() }
    owned_str { black_box("owned").to_owned() }
    formatted { format!("{} and {}", black_box(1), black_box("two")) }
    pushed_str { let mut s = String::new(); for _ in 0..black_box(9) { s.push_str("text "); } s }
    upper { black_box("upper").to_uppercase() }
    joined { black_box(["a", "b"]).join(", ") }
    repeated_str { black_box("ab").repeat(black_box(9)) }
    replaced { black_box("a-b-c").replace('-', "+") }
    c_string { CString::new(black_box("c string")).unwrap() }
    os_string { OsString::from(black_box("os string")) }
    path { let mut p = PathBuf::from(black_box("/some/path")); p.push(black_box("below")); p }
    joined_path { Path::new(black_box("/some")).join(black_box("below")) }
    mapped { (0..black_box(50u64)).map(|i| (i, leaf(i))).collect::<HashMap<_, _>>() }
    in_set { (0..black_box(50u64)).collect::<HashSet<_>>() }
    in_tree { let mut t = BTreeMap::new(); for i in 0..black_box(50u32) { t.insert(i, leaf(1)); } t }
    in_tree_set { (0..black_box(50u32)).collect::<BTreeSet<_>>() }
    queued { let mut d = VecDeque::new(); for i in 0..black_box(9) { d.push_back(leaf(i)); } d }
    heaped { (0..black_box(9u64)).map(|i| (i, i as u32)).collect::<BinaryHeap<_>>() }
    listed { (0..black_box(9)).map(leaf).collect::<LinkedList<_>>() }
    read { std::fs::read(black_box("/etc/hostname")).unwrap_or_else(|_| vec![1]) }
    read_text { std::fs::read_to_string(black_box("/etc/passwd")).unwrap() }
    once { let c = OnceLock::new(); c.get_or_init(|| vec![leaf(1); black_box(2)]); c }
    sent { let (a, b) = mpsc::channel(); a.send(leaf(5)).unwrap(); (a, b) }
    same_name { vec![other::Leaf::default(); black_box(3)] }

    // Blocks of an element within the code of what holds them.
    strings { (0..black_box(9)).map(|i| i.to_string()).collect::<Vec<String>>() }
    by_function { black_box(["a", "b"]).iter().map(|s| *s).map(String::from).collect::<Vec<String>>() }
    vectors { black_box([&[1u16][..], &[2][..]]).iter().copied().map(Vec::from).collect::<Vec<Vec<u16>>>() }
    cloned_strings { black_box(&vec![String::from("x"), String::from("y")]).clone() }
    cloned_map { black_box(&HashMap::from([(String::from("key"), vec![1u16])])).clone() }
    cloned_tree { black_box(&BTreeMap::from([(1u8, vec![leaf(1)])])).clone() }
    cloned_branch { black_box(&vec![Branch { name: String::from("n"), leaves: vec![leaf(1)] }]).clone() }
    entries { let mut m = HashMap::<u64, Vec<Leaf>>::new(); for i in 0..black_box(9) { m.entry(i % 3).or_default().push(leaf(i)); } m }
    tried { black_box(["1", "2"]).iter().map(|s| s.parse::<u64>()).collect::<Result<Vec<_>, _>>() }
    boxes { (0..black_box(9)).map(|i| Box::new(leaf(i))).collect::<Vec<_>>() }
    in_cow { let mut c = Cow::Borrowed(black_box("cow")); c.to_mut().push_str("boy"); c }
    error { Box::<dyn std::error::Error>::from(black_box("an error")) }
    threads { std::thread::spawn(|| black_box(leaf(1))) }
}
