// A Rust program as they are: splits a text into Strings, counts them in a
// HashMap, sorts them in a BTreeMap, and builds and drops a tree of boxes.
// Arguments: words, rounds.
use std::collections::{BTreeMap, HashMap};
use std::env;

enum Tree {
    Leaf(String),
    Fork(Box<Tree>, Box<Tree>),
}

fn text(words: usize) -> String {
    let mut out = String::new();
    let mut r: u32 = 1;
    for _ in 0..words {
        r = r.wrapping_mul(1664525).wrapping_add(1013904223);
        out.push_str(&format!("w{} ", r >> 18));
    }
    out
}

fn count(text: &str) -> BTreeMap<usize, Vec<String>> {
    let mut counts: HashMap<String, usize> = HashMap::new();
    for word in text.split_whitespace() {
        *counts.entry(word.to_string()).or_default() += 1;
    }
    let mut sorted: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    for (word, n) in counts {
        sorted.entry(n).or_default().push(word);
    }
    sorted
}

fn plant(words: &[&str]) -> Tree {
    match words {
        [word] => Tree::Leaf(word.to_uppercase()),
        _ => {
            let (left, right) = words.split_at(words.len() / 2);
            Tree::Fork(Box::new(plant(left)), Box::new(plant(right)))
        }
    }
}

fn letters(tree: &Tree) -> usize {
    match tree {
        Tree::Leaf(word) => word.len(),
        Tree::Fork(left, right) => letters(left) + letters(right),
    }
}

fn main() {
    let args: Vec<usize> = env::args().skip(1).map(|a| a.parse().expect("a number")).collect();
    let text = text(args[0]);
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut sum = 0;
    for _ in 0..args[1] {
        sum += count(&text).len() + letters(&plant(&words));
    }
    println!("{sum}");
}
