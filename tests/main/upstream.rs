//! An OTLP/HTTP endpoint that takes what is passed on, and answers as a test says.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A request that came.
#[derive(Debug)]
pub(crate) struct Came {
    pub(crate) path: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Came {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(told, _)| told == name).map(|(_, value)| value.as_str())
    }
}

/// What the next requests are answered with; then each with 200.
type Answers = Arc<Mutex<VecDeque<&'static str>>>;

pub(crate) struct Upstream {
    pub(crate) url: String,
    came: Receiver<Came>,
    answers: Answers,
    is_up: Arc<Mutex<bool>>,
}

impl Upstream {
    /// Starts one that closes every connection without a word until [`Upstream::come_up`].
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("a port"));
        let (sender, came) = channel();
        let (answers, is_up) = (Answers::default(), Arc::new(Mutex::new(false)));
        let (script, up) = (Arc::clone(&answers), Arc::clone(&is_up));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if *up.lock().expect("no panic") {
                    let (sender, script) = (sender.clone(), Arc::clone(&script));
                    std::thread::spawn(move || serve(stream, &sender, &script));
                }
            }
        });
        Self { url, came, answers, is_up }
    }

    pub(crate) fn come_up(&self) {
        *self.is_up.lock().expect("no panic") = true;
    }

    /// The next requests are answered with these: status lines, headers and bodies as they go over the wire.
    pub(crate) fn answer(&self, answers: &[&'static str]) {
        self.answers.lock().expect("no panic").extend(answers);
    }

    /// Waits for the next request, whatever it is answered with.
    pub(crate) fn next(&self) -> Came {
        self.came.recv_timeout(Duration::from_secs(60)).expect("a request is passed on")
    }

    /// Says that nothing came that nobody waited for.
    pub(crate) fn is_quiet(&self) -> bool {
        self.came.try_recv().is_err()
    }
}

fn serve(stream: TcpStream, sender: &Sender<Came>, answers: &Answers) {
    let mut stream = BufReader::new(stream);
    while let Some(came) = read(&mut stream) {
        let answer = answers.lock().expect("no panic").pop_front();
        let answer = answer.unwrap_or("200 OK\r\ncontent-length: 0\r\n\r\n");
        // In one piece: the second of two would wait for the first to be acknowledged, 40 ms each time.
        let answer = format!("HTTP/1.1 {answer}");
        // Told first: who knows of the answer knows of the request.
        if sender.send(came).is_err() || stream.get_mut().write_all(answer.as_bytes()).is_err() {
            return;
        }
    }
}

fn read(stream: &mut BufReader<TcpStream>) -> Option<Came> {
    let mut line = String::new();
    stream.read_line(&mut line).ok().filter(|length| *length > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).ok()?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.to_owned())),
            None => break,
        }
    }
    let length = headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, length)| length.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    Some(Came { path, headers, body })
}
