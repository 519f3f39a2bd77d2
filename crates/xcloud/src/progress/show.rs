//! Shows the board: redrawn lines on a terminal, else a line for each event.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use xcloud_core::plan::{Plan, StepId};
use xcloud_engine::{Event, EventKind, Listener};

use super::board::Board;
use super::{live, plain};
use crate::ui::Ui;

/// The shortest time between two pictures.
const FRAME: Duration = Duration::from_millis(100);

/// Shows what is going on until it is dropped.
pub(crate) struct Progress {
    screen: Arc<Mutex<Screen>>,
    over: Arc<AtomicBool>,
    ticker: Option<JoinHandle<()>>,
}

struct Screen {
    ui: Ui,
    board: Board,
    /// The terminal's width, if its last lines are redrawn.
    width: Option<usize>,
    /// The run's time goes on between events (it does not where the clock is simulated).
    real_time: bool,
    at: u64,
    seen: Instant,
    drawn: usize,
    drawn_at: Option<Instant>,
    watched: BTreeMap<Option<StepId>, String>,
}

impl Progress {
    /// Begins. `plan`: what will be done, if it is known already.
    pub(crate) fn start(ui: &Ui, plan: Option<&Plan>, real_time: bool) -> Self {
        let width = ui.live_columns();
        let screen = Arc::new(Mutex::new(Screen {
            ui: ui.clone(),
            board: Board::new(plan),
            width,
            real_time,
            at: 0,
            seen: Instant::now(),
            drawn: 0,
            drawn_at: None,
            watched: BTreeMap::new(),
        }));
        let over = Arc::new(AtomicBool::new(false));
        let ticker = (width.is_some() && real_time).then(|| tick(screen.clone(), over.clone()));
        Self { screen, over, ticker }
    }

    /// Returns the engine's listener.
    pub(crate) fn listener(&self) -> Listener {
        let screen = self.screen.clone();
        Arc::new(move |event| lock(&screen).hear(&event))
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(ticker) = self.ticker.take() {
            let _panicked = ticker.join();
        }
        lock(&self.screen).erase();
    }
}

/// Redraws between events, so that elapsed times go on.
fn tick(screen: Arc<Mutex<Screen>>, over: Arc<AtomicBool>) -> JoinHandle<()> {
    std::thread::spawn(move || {
        while !over.load(Ordering::Relaxed) {
            std::thread::sleep(FRAME);
            lock(&screen).draw();
        }
    })
}

fn lock(screen: &Mutex<Screen>) -> MutexGuard<'_, Screen> {
    screen.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Screen {
    fn hear(&mut self, event: &Event) {
        self.at = event.at_ms;
        self.seen = Instant::now();
        self.board.note(event.at_ms, &event.kind);
        if self.width.is_some() {
            if lasting(&event.kind)
                && let Some(line) = plain::line(event, false)
            {
                self.erase();
                self.ui.remark(&live::cut(&line, self.width.unwrap_or(usize::MAX)));
            }
            if self.drawn_at.is_none_or(|drawn| drawn.elapsed() >= FRAME) {
                self.draw();
            }
        } else if self.is_news(&event.kind)
            && let Some(line) = plain::line(event, self.ui.verbose)
        {
            self.ui.say(&format!("{line}\n"));
        }
    }

    /// A wait is told once for each thing that is waited for, not at every look.
    fn is_news(&mut self, kind: &EventKind) -> bool {
        let EventKind::Watching { step, what, .. } = kind else { return true };
        self.watched.insert(step.clone(), what.clone()).as_ref() != Some(what)
    }

    fn draw(&mut self) {
        let Some(width) = self.width else { return };
        let past = if self.real_time { self.seen.elapsed() } else { Duration::ZERO };
        let at = self.at + u64::try_from(past.as_millis()).unwrap_or(u64::MAX);
        let lines = live::lines(&self.board, at, width);
        let mut text = up(self.drawn);
        for line in &lines {
            let _infallible = writeln!(text, "{line}");
        }
        self.ui.say(&text);
        self.drawn = lines.len();
        self.drawn_at = Some(Instant::now());
    }

    fn erase(&mut self) {
        if self.drawn > 0 {
            self.ui.say(&up(self.drawn));
            self.drawn = 0;
        }
    }
}

/// What stays on the terminal above the redrawn lines.
fn lasting(kind: &EventKind) -> bool {
    match kind {
        EventKind::Done { .. }
        | EventKind::Failed { .. }
        | EventKind::Unwinding { .. }
        | EventKind::Undone { .. }
        | EventKind::UndoFailed { .. }
        | EventKind::Warning(_)
        | EventKind::Stopping => true,
        EventKind::Observed(_, error) => error.is_some(),
        EventKind::Observing(_)
        | EventKind::Started { .. }
        | EventKind::Watching { .. }
        | EventKind::Calling { .. }
        | EventKind::Retrying { .. } => false,
    }
}

/// Moves the cursor up and clears what is below (ECMA-48: CUU, ED).
fn up(lines: usize) -> String {
    if lines == 0 { String::new() } else { format!("\u{1b}[{lines}A\u{1b}[J") }
}
