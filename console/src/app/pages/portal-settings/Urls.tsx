import { Card, TextField } from '@/ui'
import type { PortalForm } from './settings'

/** Where links of the portal lead. */
export function Urls({ form, disabled }: { form: PortalForm; disabled: boolean }) {
  const address = (name: 'redirect_url' | 'terms_url' | 'privacy_url') => ({
    ...form.text(name),
    type: 'url',
    optional: true,
    placeholder: 'https://',
    readOnly: disabled,
  })
  return (
    <Card title="URLs">
      <TextField
        label="Redirection URL"
        help="Where Finish leads, back in your product. A connect link can name another one."
        {...address('redirect_url')}
      />
      <TextField label="Terms of service" {...address('terms_url')} />
      <TextField label="Privacy policy" {...address('privacy_url')} />
    </Card>
  )
}
