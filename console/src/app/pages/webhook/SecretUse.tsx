/** What a receiver does with a webhook's secret. */
export const SecretUse = () => (
  <p>
    Each body is signed with it in the header <code>webhook-signature</code>, as Standard Webhooks
    describes. Verify it before you trust a body.
  </p>
)
