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

// Bottom up, so that there are few call stacks, as in most programs.
fn plant(words: &[&str]) -> Tree {
    let mut trees: Vec<Tree> = words.iter().map(|w| Tree::Leaf(w.to_uppercase())).collect();
    while trees.len() > 1 {
        let mut pairs = Vec::new();
        let mut rest = trees.into_iter();
        while let Some(left) = rest.next() {
            pairs.push(match rest.next() {
                Some(right) => Tree::Fork(Box::new(left), Box::new(right)),
                None => left,
            });
        }
        trees = pairs;
    }
    trees.pop().expect("a word")
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
