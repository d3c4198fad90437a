//! A server on tokio that answers GET /work?n=N by HTTP, in JSON: N, N % 200 words, which are squares of numbers modulo 1009, and their sum. The
//! words are made by tasks that send them to the one that answers; some of these panic. The argument is its port. It ends by SIGTERM, with status 0.
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

async fn words(n: u64) -> Vec<String> {
    let (to, mut from) = mpsc::channel::<(u64, String)>(8);
    for part in 0..4 {
        let to = to.clone();
        tokio::spawn(async move {
            for i in (part..n % 200).step_by(4) {
                let word = ((n + i) * (n + i) % 1009).to_string();
                if to.send((i, word)).await.is_err() {
                    return;
                }
            }
        });
    }
    drop(to);
    let mut all = Vec::new();
    while let Some(word) = from.recv().await {
        all.push(word);
    }
    all.sort();
    all.into_iter().map(|(_, word)| word).collect()
}

async fn answer(n: u64) -> String {
    if n % 50 == 0 {
        let failed = tokio::spawn(async move {
            let held = vec![n; 100];
            std::panic::resume_unwind(Box::new(held));
        });
        assert!(failed.await.unwrap_err().is_panic());
    }
    if n % 20 == 0 {
        let blocking = tokio::task::spawn_blocking(move || vec![1u8; 1 + (n as usize * 977) % 300_000].len());
        assert_eq!(blocking.await.unwrap(), 1 + (n as usize * 977) % 300_000);
    }
    let words = words(n).await;
    let sum: u64 = words.iter().map(|w| w.parse::<u64>().unwrap()).sum();
    let list: Vec<String> = words.iter().map(|w| format!("{w:?}")).collect();
    format!("{{\"n\": {n}, \"words\": [{}], \"sum\": {sum}}}", list.join(", "))
}

async fn serve(stream: TcpStream) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    loop {
        let mut first = String::new();
        if stream.read_line(&mut first).await? == 0 {
            return Ok(());
        }
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 || line.trim().is_empty() {
                break;
            }
        }
        let n = first.split("n=").nth(1).and_then(|rest| rest.split(' ').next()).and_then(|n| n.parse().ok()).unwrap_or(0);
        let body = tokio::time::timeout(Duration::from_secs(30), answer(n)).await.unwrap_or_default();
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
        stream.write_all((head + &body).as_bytes()).await?;
        stream.flush().await?;
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 4)]
async fn main() -> std::io::Result<()> {
    let port = std::env::args().nth(1).unwrap();
    let listener = TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    let mut end = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    loop {
        tokio::select! {
            _ = end.recv() => std::process::exit(0),
            accepted = listener.accept() => { tokio::spawn(serve(accepted?.0)); }
        }
    }
}
