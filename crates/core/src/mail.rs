//! Mail, when the operator has set a server for it.

use lettre::message::{Mailbox, MultiPart};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};
use trunnel_model::fault::{Fault, FaultCode};
use trunnel_model::member::Email;
use trunnel_model::secret::Secret;

use crate::Core;
use crate::error::Error;

/// Sends mail through one server; cheap to clone.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    host: String,
}

/// Without the password of the server's URL.
impl std::fmt::Debug for Mailer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mailer")
            .field("from", &self.from)
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}

impl Mailer {
    /// For a URL `smtp[s]://user:password@host:port` and the address that mails come from.
    ///
    /// # Errors
    /// A sentence about what is wrong; it does not repeat the URL.
    pub fn new(url: &Secret, from: &str) -> Result<Self, String> {
        let parsed: url::Url = url
            .expose()
            .parse()
            .map_err(|_| "the SMTP URL is none; it is smtp[s]://user:password@host:port")?;
        let host = parsed.host_str().unwrap_or_default().to_owned();
        if !matches!(parsed.scheme(), "smtp" | "smtps") || host.is_empty() {
            return Err("the SMTP URL starts with smtp:// or smtps:// and names a host".to_owned());
        }
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose())
            .map_err(|error| format!("the SMTP URL: {error}"))?
            .build();
        let from = from
            .parse()
            .map_err(|_| "the address that mails come from is none".to_owned())?;
        Ok(Self {
            transport,
            from,
            host,
        })
    }

    pub fn from(&self) -> String {
        self.from.to_string()
    }

    pub fn host(&self) -> &str {
        &self.host
    }
}

/// What is mailed, as paragraphs.
pub(crate) struct Letter {
    pub(crate) subject: String,
    pub(crate) paragraphs: Vec<String>,
    /// Where to go from here.
    pub(crate) link: Option<String>,
}

impl Letter {
    fn text(&self) -> String {
        let mut parts = self.paragraphs.clone();
        parts.extend(self.link.clone());
        parts.join("\n\n")
    }

    fn html(&self) -> String {
        let paragraphs = self.paragraphs.iter();
        let mut parts: Vec<_> = paragraphs
            .map(|text| format!("<p>{}</p>\n", escaped(text)))
            .collect();
        if let Some(link) = &self.link {
            let link = escaped(link);
            parts.push(format!("<p><a href=\"{link}\">{link}</a></p>\n"));
        }
        parts.concat()
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

impl Core {
    pub fn mailer(&self) -> Option<&Mailer> {
        self.settings().members.mail.as_ref()
    }

    /// Sends a letter, after the transaction that it is about.
    ///
    /// # Errors
    /// When there is no mail server, or with its own words when it does not take it.
    pub(crate) async fn mail(&self, to: &Email, letter: &Letter) -> Result<(), Error> {
        let mailer = self.mailer().ok_or_else(mail_not_configured)?;
        let to = to
            .as_str()
            .parse()
            .map_err(|_| Fault::field("email", "`email` is not an address that takes mail"))?;
        let message = Message::builder()
            .from(mailer.from.clone())
            .to(Mailbox::new(None, to))
            .subject(&letter.subject)
            .multipart(MultiPart::alternative_plain_html(
                letter.text(),
                letter.html(),
            ))
            .map_err(|error| Error::Internal(format!("a mail could not be written: {error}")))?;
        match mailer.transport.send(message).await {
            Ok(_) => Ok(()),
            Err(error) => {
                tracing::warn!(%error, host = mailer.host, "a mail was not sent");
                let message = format!("The mail server did not take the mail: {error}");
                Err(Fault::new(502, FaultCode::MailFailed, message).into())
            }
        }
    }
}

pub(crate) fn mail_not_configured() -> Fault {
    Fault::new(
        501,
        FaultCode::MailNotConfigured,
        "This server sends no mail. Ask an admin for a link, or the operator to set --smtp-url.",
    )
}
