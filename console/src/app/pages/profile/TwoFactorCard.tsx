import { useState } from 'react'
import { consoleApi, unwrap } from '@/api/client'
import { useForm } from '@/api/form'
import { useAdoptSession, useSignedIn } from '@/app/session'
import { Badge, Button, Card, Dialog, Notice, PasswordField, toast } from '@/ui'
import { TwoFactorSetup } from './TwoFactorSetup'

export function TwoFactorCard() {
  const { member } = useSignedIn()
  const adopt = useAdoptSession()
  const [open, setOpen] = useState<'setup' | 'remove'>()
  const close = () => setOpen(undefined)
  const done = async () => {
    await adopt()
    close()
  }
  const on = member.two_factor
  return (
    <Card
      title={
        <>
          Two-factor <Badge tone={on ? 'good' : 'plain'}>{on ? 'On' : 'Off'}</Badge>
        </>
      }
      actions={
        on ? (
          <>
            <Button onClick={() => setOpen('setup')}>Set up anew</Button>
            <Button kind="dangerQuiet" onClick={() => setOpen('remove')}>
              Turn off
            </Button>
          </>
        ) : (
          <Button kind="primary" onClick={() => setOpen('setup')}>
            Set up
          </Button>
        )
      }
    >
      <p>
        {on
          ? 'Signing in asks for a one-time code of your authenticator. With another phone, or when the recovery codes are used up, set it up anew: the old authenticator and the old codes end.'
          : 'Beside the password, signing in then asks for a one-time code of an authenticator app on your phone. A password alone no longer lets anybody in.'}
      </p>
      <Dialog
        open={open === 'setup'}
        onClose={() => void done()}
        title={on ? 'Set up two-factor anew' : 'Set up two-factor'}
        keep
      >
        <TwoFactorSetup onDone={done} onCancel={close} />
      </Dialog>
      <RemoveTwoFactor open={open === 'remove'} onClose={close} />
    </Card>
  )
}

function RemoveTwoFactor({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { member } = useSignedIn()
  const adopt = useAdoptSession()
  const form = useForm({ password: '' }, async body => {
    await unwrap(consoleApi.DELETE('/console/api/profile/two-factor', { body }))
    await adopt()
  })
  const close = () => {
    form.reset({ password: '' })
    onClose()
  }
  const submit = async () => {
    if (!(await form.submit())) return
    close()
    toast('Two-factor is off')
  }
  return (
    <Dialog
      open={open}
      onClose={close}
      title="Turn off two-factor?"
      description="Your password alone then signs you in, and your recovery codes end."
      onSubmit={() => void submit()}
      actions={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button
            type="submit"
            kind="danger"
            busy={form.busy}
            disabled={form.values.password === ''}
          >
            Turn off two-factor
          </Button>
        </>
      }
    >
      {form.problem && <Notice tone="bad">{form.problem}</Notice>}
      <input type="email" value={member.email} autoComplete="username" readOnly hidden />
      <PasswordField
        label="Password"
        autoComplete="current-password"
        autoFocus
        {...form.text('password')}
      />
    </Dialog>
  )
}
