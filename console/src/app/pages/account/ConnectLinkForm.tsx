import { ExternalLink } from 'lucide-react'
import { useState } from 'react'
import { consoleApi, unwrap } from '@/api/client'
import { useForm } from '@/api/form'
import { useScope } from '@/app/scope'
import { Button, buttonClass, Copyable, Notice, TextField, Time } from '@/ui'
import style from './ConnectLink.module.css'

const blank = { name: '', color: '', bgColor: '', redirect_url: '' }

/** Mints a link to this customer's portal. */
export function ConnectLinkForm({ accountId }: { accountId: string }) {
  const scope = useScope()
  const [link, setLink] = useState<{ hosted_url: string; expires_at: string }>()
  const form = useForm(blank, async values => {
    const given = Object.entries(values).filter(([, value]) => value.trim())
    const made = await unwrap(
      consoleApi.POST('/console/api/{app_id}/{environment}/account/{account_id}/connect-link', {
        params: { path: { ...scope.path, account_id: accountId } },
        body: Object.fromEntries(given.map(([name, value]) => [name, value.trim()])),
      }),
    )
    setLink(made)
  })
  return (
    <form
      noValidate
      className={style.form}
      onSubmit={event => {
        event.preventDefault()
        void form.submit()
      }}
    >
      <details className={style.more}>
        <summary>Name, colours and the way back</summary>
        <div className={style.form}>
          <TextField
            label="Name"
            optional
            help="What the portal calls itself, in place of your organization’s name."
            {...form.text('name')}
          />
          <div className={style.colors}>
            <TextField label="Colour" optional mono placeholder="#1b6660" {...form.text('color')} />
            <TextField
              label="Background"
              optional
              mono
              placeholder="#ffffff"
              {...form.text('bgColor')}
            />
          </div>
          <TextField
            label="Redirect URL"
            optional
            help="Where Finish leads."
            placeholder="https://app.example.com/settings"
            {...form.text('redirect_url')}
          />
        </div>
      </details>
      {form.problem && <Notice tone="bad">{form.problem}</Notice>}
      <div>
        <Button type="submit" kind={link ? 'secondary' : 'primary'} busy={form.busy}>
          {link ? 'Create another link' : 'Create link'}
        </Button>
      </div>
      {link && (
        <div className={style.link} role="status">
          <Copyable text={link.hosted_url} label="Copy the link" />
          <div className={style.foot}>
            <span>
              Ends <Time at={link.expires_at} />. Whoever has it acts for this customer.
            </span>
            <a
              className={buttonClass({ small: true })}
              href={link.hosted_url}
              target="_blank"
              rel="noreferrer"
            >
              Open <ExternalLink aria-hidden="true" />
            </a>
          </div>
        </div>
      )}
    </form>
  )
}
