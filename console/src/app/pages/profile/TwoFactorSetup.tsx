import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { consoleApi, unwrap } from '@/api/client'
import { useForm } from '@/api/form'
import { Button, CopyButton, classes, LoadFault, Notice, Skeleton, TextField } from '@/ui'
import { RecoveryCodes } from './RecoveryCodes'
import style from './TwoFactorSetup.module.css'

type TwoFactorSetupProps = {
  /** After the recovery codes were shown: two-factor is in force. */
  onDone: () => unknown
  onCancel?: () => void
}

/** Scan or type a new secret, prove it with a code, keep the recovery codes. */
export function TwoFactorSetup({ onDone, onCancel }: TwoFactorSetupProps) {
  const [codes, setCodes] = useState<string[]>()
  // Asked for once whenever this is opened; a secret is in force only after its code was given.
  const begun = useQuery({
    queryKey: ['two-factor-begun'],
    queryFn: () => unwrap(consoleApi.POST('/console/api/profile/two-factor')),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
    retry: false,
  })
  const form = useForm({ code: '' }, async values => {
    const body = { code: values.code.replaceAll(' ', '') }
    const confirmed = consoleApi.POST('/console/api/profile/two-factor/confirm', { body })
    setCodes((await unwrap(confirmed)).recovery_codes)
  })
  if (codes) return <RecoveryCodes codes={codes} onDone={onDone} />
  if (begun.error) return <LoadFault error={begun.error} onRetry={() => void begun.refetch()} />
  if (!begun.data) return <Skeleton lines={5} />
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void form.submit()
  }
  return (
    <form className={style.setup} onSubmit={submit} noValidate>
      <ol className={style.steps}>
        <li>
          <div>
            <span>Scan this with an authenticator app.</span>
            <img
              className={style.qr}
              src={`data:image/svg+xml,${encodeURIComponent(begun.data.qr_svg)}`}
              alt="QR code for the authenticator; the same secret is below as text"
            />
            <span>Or type this secret into it:</span>
            <span className={style.secret}>
              <code>{inGroups(begun.data.secret)}</code>
              <CopyButton text={begun.data.secret} label="Copy the secret" />
            </span>
          </div>
        </li>
        <li>
          <div>
            <TextField
              label="The code it shows now"
              help="Six digits; they change every 30 seconds."
              inputMode="numeric"
              autoComplete="one-time-code"
              maxLength={7}
              mono
              required
              {...form.text('code')}
            />
          </div>
        </li>
      </ol>
      {form.problem && <Notice tone="bad">{form.problem}</Notice>}
      <div className={classes(style.row, style.end)}>
        {onCancel && <Button onClick={onCancel}>Cancel</Button>}
        <Button
          kind="primary"
          type="submit"
          busy={form.busy}
          disabled={form.values.code.trim() === ''}
        >
          Turn on two-factor
        </Button>
      </div>
    </form>
  )
}

/** Groups of four are easier to type from. */
const inGroups = (secret: string) => secret.replace(/(.{4})(?=.)/g, '$1 ')
