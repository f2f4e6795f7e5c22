//! Whose language models an organization uses.

use crate::time::Timestamp;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LlmVendor {
    OpenAi,
    OpenRouter,
}

impl LlmVendor {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OpenAi => "openai",
            Self::OpenRouter => "openrouter",
        }
    }

    /// What people call it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::OpenAi => "OpenAI",
            Self::OpenRouter => "OpenRouter",
        }
    }

    pub fn parse(text: &str) -> Result<Self, UnknownVendor> {
        match text {
            "openai" => Ok(Self::OpenAi),
            "openrouter" => Ok(Self::OpenRouter),
            _ => Err(UnknownVendor),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an LLM provider is `openai` or `openrouter`")]
pub struct UnknownVendor;

/// The setting without its key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LlmProvider {
    pub vendor: LlmVendor,
    pub updated_at: Timestamp,
}
