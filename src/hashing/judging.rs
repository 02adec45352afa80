//! Judging a secret that somebody presents: what was right before at once, what many present at
//! once only once, and everything as a guess.

use crate::model::{
    secret::{Secret, Sha256},
    timestamp::Timestamp,
};

use super::{Error, Hasher, guesses::Guesser};

/// Whether one of some hashes is that of a secret, and who would know.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    /// What was presented.
    pub(super) secret: &'a Secret,
    /// The hashes.
    pub(super) kept: &'a [&'a str],
    /// As whom somebody guesses. For the first, what is right is remembered.
    pub(super) guessers: &'a [Guesser<'a>],
    /// When.
    pub(super) at: Timestamp,
}

/// The place of the hash that is the secret's, if one is.
pub(super) type Judged = Result<Option<usize>, Error>;

impl Hasher {
    /// Judges, or waits for what comes of it where the same is being judged for the same guessers.
    pub(super) async fn judge(&self, question: Question<'_>) -> Judged {
        let memories = self.memories(question);
        if let Some(place) = self.known(question, &memories) {
            return Ok(Some(place));
        }
        let judged = match self.flights.join(key(&memories)) {
            Some(seat) => seat.outcome(self.judge_alone(question, &memories)).await,
            None => Err(Error::Busy),
        };
        judged.inspect_err(Error::count)
    }

    /// The place of the hash that is remembered to be the secret's. None is while one of the
    /// guessers has no guess: else whoever used them up, or has as many under way, would go on
    /// guessing, and be told what is right.
    pub(super) fn known(&self, question: Question<'_>, memories: &[[u8; 32]]) -> Option<usize> {
        let place = self.remembered(memories)?;
        self.guesses.are_free(question.guessers, question.at).then_some(place)
    }

    /// As what each of the hashes would be remembered.
    pub(super) fn memories(&self, question: Question<'_>) -> Vec<[u8; 32]> {
        let whose = question.guessers.first().map_or("", |(guesser, _)| guesser);
        let memory = |phc: &&str| self.memory_of(question.secret, phc, whose);
        question.kept.iter().map(memory).collect()
    }

    async fn judge_alone(&self, question: Question<'_>, memories: &[[u8; 32]]) -> Judged {
        let guess = self.guesses.take(question.guessers, question.at).await?;
        // While this one waited, it may have been found right.
        if let Some(place) = self.remembered(memories) {
            return Ok(Some(place));
        }
        let found = self.find_match(question.secret, question.kept).await?;
        match found {
            Some(place) => self.verified.insert(memories[place], ()),
            None => guess.was_wrong(),
        }
        Ok(found)
    }

    fn remembered(&self, memories: &[[u8; 32]]) -> Option<usize> {
        memories.iter().position(|memory| self.verified.contains_key(memory))
    }
}

/// What is the same question. The memories are keyed hashes of all that it is about.
fn key(memories: &[[u8; 32]]) -> [u8; 32] {
    let mut key = [0; 32];
    key.copy_from_slice(Sha256::of(memories.as_flattened()).as_bytes());
    key
}

#[cfg(test)]
mod tests;
