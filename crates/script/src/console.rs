//! What a script says.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Log,
    Warn,
    Error,
}

impl Level {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Warn => "warn",
            Self::Error => "error",
        }
    }

    fn of(name: &str) -> Self {
        match name {
            "warn" => Self::Warn,
            "error" => Self::Error,
            _ => Self::Log,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub level: Level,
    pub text: String,
}

const MOST_LINES: usize = 100;
const MOST_CHARS: usize = 32 * 1024;

/// The lines of one run; what is too much is dropped.
#[derive(Debug, Default)]
pub(crate) struct Console {
    lines: Vec<Line>,
    chars: usize,
}

impl Console {
    pub(crate) fn add(&mut self, level: &str, text: &str) {
        if self.lines.len() >= MOST_LINES || self.chars >= MOST_CHARS {
            return;
        }
        let text: String = text.chars().take(MOST_CHARS - self.chars).collect();
        self.chars += text.chars().count();
        let level = Level::of(level);
        self.lines.push(Line { level, text });
    }

    pub(crate) fn into_lines(self) -> Vec<Line> {
        self.lines
    }
}
