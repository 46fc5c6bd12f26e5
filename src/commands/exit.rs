//! The exit codes that scripts and CI rely on.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// 0: fine.
    Fine,
    /// 1: findings, or refused.
    Findings,
    /// 2: could not run, connect, or read all.
    Failed,
    /// 3: what exists differs.
    Differs,
}

impl Exit {
    /// Returns the number.
    pub fn code(self) -> u8 {
        match self {
            Exit::Fine => 0,
            Exit::Findings => 1,
            Exit::Failed => 2,
            Exit::Differs => 3,
        }
    }

    /// Returns the one that counts when both happened: 2 wins over 1 over 3 over 0.
    pub fn and(self, other: Exit) -> Exit {
        let weight = |exit| match exit {
            Exit::Fine => 0,
            Exit::Differs => 1,
            Exit::Findings => 2,
            Exit::Failed => 3,
        };
        if weight(other) > weight(self) { other } else { self }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::Exit::{Differs, Failed, Findings, Fine};

    #[test]
    fn two_wins_over_one_over_three() {
        assert_eq!(Findings.and(Failed), Failed);
        assert_eq!(Differs.and(Findings), Findings);
        assert_eq!(Fine.and(Differs), Differs);
        assert_eq!(Failed.and(Differs), Failed);
    }
}
