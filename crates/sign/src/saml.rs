//! A SAML 2.0 bearer assertion (RFC 7522), which SAP's `SuccessFactors` exchanges for a token.
//!
//! An XML signature covers a canonical form of the document. The document is written in
//! that form to begin with (one order of attributes, no shortened elements, no blanks
//! between them), so that nothing has to be canonicalised here.
//!
//! ```no_run
//! use trunnel_model::{secret::Secret, time::Timestamp};
//! use trunnel_sign::saml::Assertion;
//!
//! let assertion = Assertion {
//!     key: &Secret::new("-----BEGIN PRIVATE KEY-----\n..."),
//!     issuer: "www.successfactors.com",
//!     audience: "www.successfactors.com",
//!     recipient: "https://api4.successfactors.com/oauth/token",
//!     name_id: "admin",
//!     attributes: &[("api_key", "the key"), ("use_username", "true")],
//!     lifetime: 600,
//! };
//! let text = assertion.sign("a1b2c3", Timestamp::from_millis(1_700_000_000_000))?;
//! # Ok::<(), trunnel_sign::SignFault>(())
//! ```

use trunnel_model::secret::Secret;
use trunnel_model::time::Timestamp;

use crate::date;
use crate::digest::sha256;
use crate::encode::base64;
use crate::fault::SignFault;
use crate::key::PrivateKey;

const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const SIGNATURE: &str = "http://www.w3.org/2000/09/xmldsig#";
/// The other side's clock may be behind by this much.
const LEEWAY: i64 = 60_000;

/// Who vouches for whom, towards whom.
#[derive(Debug, Clone, Copy)]
pub struct Assertion<'a> {
    /// An RSA key in PEM.
    pub key: &'a Secret,
    pub issuer: &'a str,
    pub audience: &'a str,
    /// The token endpoint.
    pub recipient: &'a str,
    pub name_id: &'a str,
    pub attributes: &'a [(&'a str, &'a str)],
    /// In seconds.
    pub lifetime: i64,
}

impl Assertion<'_> {
    /// The signed document in base64. The id must be new every time, and made of letters,
    /// digits, hyphens and underscores.
    pub fn sign(&self, id: &str, now: Timestamp) -> Result<Secret, SignFault> {
        let named = id
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
        if id.is_empty() || !named {
            return Err(SignFault::new(
                "id",
                "must be made of letters, digits, hyphens and underscores",
            ));
        }
        let (before, after) = (self.head(id, now)?, self.rest(id, now)?);
        let digest = base64(&sha256(format!("{before}{after}").as_bytes()));
        let info = signed_info(id, &digest);
        let value = base64(&PrivateKey::parse(self.key)?.sign_pkcs1(info.as_bytes())?);
        let signature = format!(
            "<ds:Signature xmlns:ds=\"{SIGNATURE}\">{info}\
             <ds:SignatureValue>{value}</ds:SignatureValue></ds:Signature>"
        );
        let document = format!("{before}{signature}{after}");
        Ok(Secret::new(base64(document.as_bytes())))
    }

    /// Up to where the signature stands.
    fn head(&self, id: &str, now: Timestamp) -> Result<String, SignFault> {
        Ok(format!(
            "<saml2:Assertion xmlns:saml2=\"urn:oasis:names:tc:SAML:2.0:assertion\" ID=\"_{id}\" \
             IssueInstant=\"{}\" Version=\"2.0\"><saml2:Issuer>{}</saml2:Issuer>",
            instant(now)?,
            escaped(self.issuer, "issuer")?
        ))
    }

    fn rest(&self, id: &str, now: Timestamp) -> Result<String, SignFault> {
        let (begin, end) = (
            instant(now.plus_millis(-LEEWAY))?,
            instant(now.plus_millis(self.lifetime.saturating_mul(1000)))?,
        );
        Ok(format!(
            "<saml2:Subject>\
             <saml2:NameID Format=\"urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified\">{name}\
             </saml2:NameID>\
             <saml2:SubjectConfirmation Method=\"urn:oasis:names:tc:SAML:2.0:cm:bearer\">\
             <saml2:SubjectConfirmationData NotOnOrAfter=\"{end}\" Recipient=\"{recipient}\">\
             </saml2:SubjectConfirmationData></saml2:SubjectConfirmation></saml2:Subject>\
             <saml2:Conditions NotBefore=\"{begin}\" NotOnOrAfter=\"{end}\">\
             <saml2:AudienceRestriction><saml2:Audience>{audience}</saml2:Audience>\
             </saml2:AudienceRestriction></saml2:Conditions>\
             <saml2:AuthnStatement AuthnInstant=\"{now}\" SessionIndex=\"_{id}\">\
             <saml2:AuthnContext><saml2:AuthnContextClassRef>\
             urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport\
             </saml2:AuthnContextClassRef></saml2:AuthnContext></saml2:AuthnStatement>\
             {attributes}</saml2:Assertion>",
            name = escaped(self.name_id, "name id")?,
            recipient = escaped(self.recipient, "recipient")?,
            audience = escaped(self.audience, "audience")?,
            now = instant(now)?,
            attributes = self.statement()?,
        ))
    }

    fn statement(&self) -> Result<String, SignFault> {
        if self.attributes.is_empty() {
            return Ok(String::new());
        }
        let attributes = self
            .attributes
            .iter()
            .map(|(name, value)| attribute(name, value))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(format!(
            "<saml2:AttributeStatement>{}</saml2:AttributeStatement>",
            attributes.concat()
        ))
    }
}

fn attribute(name: &str, value: &str) -> Result<String, SignFault> {
    Ok(format!(
        "<saml2:Attribute Name=\"{}\"><saml2:AttributeValue \
         xmlns:xs=\"http://www.w3.org/2001/XMLSchema\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xsi:type=\"xs:string\">{}\
         </saml2:AttributeValue></saml2:Attribute>",
        escaped(name, "attribute")?,
        escaped(value, "attribute")?
    ))
}

/// What is signed: which document, by which rules, with which hash. `xs` stands only
/// inside a value, where the rules would not see that it is used.
fn signed_info(id: &str, digest: &str) -> String {
    format!(
        "<ds:SignedInfo xmlns:ds=\"{SIGNATURE}\">\
         <ds:CanonicalizationMethod Algorithm=\"{EXCLUSIVE}\"></ds:CanonicalizationMethod>\
         <ds:SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\">\
         </ds:SignatureMethod><ds:Reference URI=\"#_{id}\"><ds:Transforms>\
         <ds:Transform Algorithm=\"{SIGNATURE}enveloped-signature\"></ds:Transform>\
         <ds:Transform Algorithm=\"{EXCLUSIVE}\">\
         <ec:InclusiveNamespaces xmlns:ec=\"{EXCLUSIVE}\" PrefixList=\"xs\">\
         </ec:InclusiveNamespaces></ds:Transform></ds:Transforms>\
         <ds:DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\">\
         </ds:DigestMethod><ds:DigestValue>{digest}</ds:DigestValue></ds:Reference>\
         </ds:SignedInfo>"
    )
}

fn instant(moment: Timestamp) -> Result<String, SignFault> {
    date::format(moment, "%Y-%m-%dT%H:%M:%S%.3fZ")
}

/// A text for content and attributes. A quote needs to be escaped in attributes only, and
/// the canonical form leaves it alone elsewhere; so a text with one is refused, as is one
/// that no XML can hold.
fn escaped(text: &str, field: &'static str) -> Result<String, SignFault> {
    let unfit = |c: char| c.is_control() || matches!(c, '"' | '>' | '\u{fffe}' | '\u{ffff}');
    if text.chars().any(unfit) {
        return Err(SignFault::new(
            field,
            "must not hold quotes, `>` and control characters",
        ));
    }
    Ok(text.replace('&', "&amp;").replace('<', "&lt;"))
}
