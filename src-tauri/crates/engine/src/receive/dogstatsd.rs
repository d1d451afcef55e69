//! dogstatsd over UDP: datagrams are summed up per series as they come, and stored once a second.
//!
//! Nobody is told when a datagram is lost, so reading the socket comes before everything else: it has a thread of its own,
//! lines are looked at only as far as their key and number, and what is too much is left out and counted: datagrams by the
//! system, whose queue is short, and samples of too many series by us.

use std::collections::HashMap;
use std::io;
use std::net::UdpSocket;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use spanglass_trace::decode::Received;
use spanglass_trace::decode::dogstatsd::{self, Type};
use spanglass_trace::metric::{Sample, Summary};
use tokio::task::JoinHandle;

use super::accept::Stop;
use super::intake::Intake;
use super::udp_drops::Drops;
use crate::api::types as api;

/// How often what was summed up is stored.
const EVERY: Duration = Duration::from_secs(1);

/// How long a read waits before it looks whether to stop.
const LOOK_UP: Duration = Duration::from_millis(100);

/// The largest datagram UDP has.
const LARGEST: usize = 64 << 10;

/// How many series are summed up between two times of storing; lines of further ones are left out.
const MAX_SERIES: usize = 5_000;

/// How many bytes their names and tags take; lines of further ones are left out.
const MAX_BYTES: usize = 8 << 20;

/// Reads these sockets until it is told to stop, then stores what is left.
pub(crate) fn serve(sockets: Vec<UdpSocket>, intake: &Intake, stop: &Stop) -> io::Result<Vec<JoinHandle<()>>> {
    let runtime = tokio::runtime::Handle::current();
    let readers = sockets.into_iter().map(|socket| {
        socket.set_nonblocking(false)?;
        socket.set_read_timeout(Some(LOOK_UP))?;
        let drops = Drops::of(&socket);
        let reader = Reader { socket, sums: Sums::default(), stored: Arc::default(), intake: intake.clone(), drops };
        let (stop, runtime) = (stop.clone(), runtime.clone());
        Ok(tokio::task::spawn_blocking(move || reader.run(&stop, &runtime)))
    });
    readers.collect()
}

struct Reader {
    socket: UdpSocket,
    sums: Sums,
    /// Locked while sums are being stored: new ones gather meanwhile.
    stored: Arc<tokio::sync::Mutex<()>>,
    intake: Intake,
    drops: Drops,
}

impl Reader {
    fn run(mut self, stop: &Stop, runtime: &tokio::runtime::Handle) {
        let mut datagram = vec![0; LARGEST];
        let mut begun = Instant::now();
        while !*stop.borrow() {
            match self.socket.recv(&mut datagram) {
                Ok(length) => self.sums.take(&datagram[..length]),
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
                // A message of the system about an earlier datagram: none of ours goes out, so it means nothing.
                Err(error) => tracing::debug!(%error, "a datagram could not be read"),
            }
            if begun.elapsed() >= EVERY
                && let Ok(turn) = Arc::clone(&self.stored).try_lock_owned()
            {
                begun = Instant::now();
                let (sums, intake) = (self.sums.take_all(), self.intake.clone());
                let lost = self.drops.since_last();
                runtime.spawn(async move {
                    store(sums, lost, &intake).await;
                    drop(turn);
                });
            }
        }
        let (sums, lost) = (self.sums.take_all(), self.drops.since_last());
        runtime.block_on(store(sums, lost, &self.intake));
    }
}

/// Stores sums. There is nobody to send them again, so what finds no room is counted as lost.
async fn store(sums: Taken, lost: u64, intake: &Intake) {
    let Taken { samples, lines, left_out } = sums;
    let received = Received { metrics: samples, metric_points: lines, ..Received::default() };
    let dropped = match intake.store(received).await {
        Ok(_) => 0,
        Err(refusal) => {
            tracing::warn!(reason = refusal.to_string(), "metrics were lost");
            lines
        }
    };
    let dropped_metric_points = left_out + lost + dropped;
    if lines + dropped_metric_points > 0 {
        intake.record.count(api::Received { metric_points: lines, dropped_metric_points, ..Default::default() });
    }
}

/// What is stored at a time.
struct Taken {
    samples: Vec<Sample>,
    lines: u64,
    left_out: u64,
}

/// Sums by series, as the sender wrote its key, and second.
#[derive(Default)]
struct Sums {
    sums: HashMap<Box<str>, HashMap<(Type, u64), Summary>>,
    lines: u64,
    left_out: u64,
    series: usize,
    bytes: usize,
}

impl Sums {
    fn take(&mut self, datagram: &[u8]) {
        for line in dogstatsd::lines(datagram) {
            let Ok(line) = line else {
                self.left_out += 1;
                continue;
            };
            let (name, kind, tags) = line.key;
            let text = key(name, tags);
            let within = (kind, line.time_unix);
            if let Some(sum) = self.sums.get_mut(text.as_ref()).and_then(|sums| sums.get_mut(&within)) {
                sum.add(&line.summary);
            } else if self.series < MAX_SERIES && self.bytes + text.len() <= MAX_BYTES {
                self.series += 1;
                self.bytes += text.len();
                self.sums.entry(text).or_default().insert(within, line.summary);
            } else {
                self.left_out += 1;
                continue;
            }
            self.lines += 1;
        }
    }

    fn take_all(&mut self) -> Taken {
        let Self { sums, lines, left_out, .. } = std::mem::take(self);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64);
        let samples = sums.iter().flat_map(|(text, sums)| {
            let (name, tags) = text.split_once('|').unwrap_or((text, ""));
            sums.iter().map(move |((kind, time), summary)| Sample {
                series: dogstatsd::series((name, *kind, tags)),
                time_unix_nano: if *time == 0 { now } else { dogstatsd::nanoseconds(*time) },
                summary: *summary,
            })
        });
        Taken { samples: samples.collect(), lines, left_out }
    }
}

/// A name holds no bar: a line is divided there.
fn key(name: &str, tags: &str) -> Box<str> {
    let mut text = String::with_capacity(name.len() + 1 + tags.len());
    text.push_str(name);
    text.push('|');
    text.push_str(tags);
    text.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_one_series_are_one_sample() {
        let mut sums = Sums::default();
        sums.take(b"a:1|c|#m:x\na:2|c|#m:x\na:5|c|#m:y\nnonsense");
        sums.take(b"a:4|c|#m:x");
        let Taken { samples, lines, left_out } = sums.take_all();
        let mut totals: Vec<f64> = samples.iter().map(|sample| sample.summary.sum).collect();
        totals.sort_by(f64::total_cmp);
        assert_eq!((totals, lines, left_out), (vec![5.0, 7.0], 4, 1));
        assert_eq!(sums.take_all().samples.len(), 0);
    }

    #[test]
    fn series_without_end_take_bounded_memory() {
        let mut sums = Sums::default();
        for n in 0..20_000 {
            sums.take(format!("a:1|c|#id:{n}").as_bytes());
        }
        let taken = sums.take_all();
        assert_eq!((taken.samples.len(), taken.left_out), (MAX_SERIES, 20_000 - MAX_SERIES as u64));
        let long = "x".repeat(60_000);
        for n in 0..1_000 {
            sums.take(format!("a:1|c|#id:{long}{n}").as_bytes());
        }
        let taken = sums.take_all();
        assert!(taken.samples.len() < 200 && taken.left_out > 800, "{} of them", taken.samples.len());
    }
}
