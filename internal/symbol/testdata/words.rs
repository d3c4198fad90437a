// What Rust asks of a symbolizer: generics, traits, closures, iterator chains
// that inline into many levels, the standard library's own frames.
use std::collections::HashMap;

mod geo {
    pub trait Area {
        fn area(&self) -> f64;
    }
    pub struct Square<T>(pub T);
    impl Area for Square<f64> {
        fn area(&self) -> f64 {
            self.0 * self.0
        }
    }
    impl<T: Clone> Square<T> {
        #[inline(never)]
        pub fn thrice(&self) -> Vec<T> {
            vec![self.0.clone(); 3]
        }
    }
}
use geo::Area;

fn words(text: &str) -> HashMap<String, Vec<usize>> {
    let mut found: HashMap<String, Vec<usize>> = HashMap::new();
    for (i, word) in text.split(' ').enumerate() {
        found.entry(word.to_string()).or_default().push(i);
    }
    found
}

fn main() {
    let found = words("a b c a");
    let shapes: Vec<Box<dyn Area>> = vec![Box::new(geo::Square(2.0))];
    let mut keys: Vec<_> = found.iter().map(|(k, v)| format!("{}{}", k, v.len())).collect();
    keys.sort_by(|a, b| b.cmp(a));
    let area = shapes.iter().map(|s| s.area()).sum::<f64>();
    println!("{:?} {} {:?}", keys, area, geo::Square(String::from("x")).thrice());
}
