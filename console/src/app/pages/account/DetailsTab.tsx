import { useState } from 'react'
import { useMay } from '@/app/session'
import { Button, Card, Notice, TextField, toast } from '@/ui'
import { Pairs } from '@/ui/Pairs'
import style from './AccountPage.module.css'
import type { Account } from './account'
import { DeleteAccount } from './DeleteAccount'
import type { DetailsForm } from './details'

type DetailsTabProps = { account: Account; form: DetailsForm }

/** What the developer keeps about the account. */
export function DetailsTab({ account, form }: DetailsTabProps) {
  const mayWrite = useMay('accounts.write')
  return (
    <div className={style.stack}>
      <EditAccount form={form} mayWrite={mayWrite} />
      {mayWrite && <DangerZone account={account} />}
    </div>
  )
}

function EditAccount({ form, mayWrite }: { form: DetailsForm; mayWrite: boolean }) {
  const submit = async () => {
    const names = form.values.udf.map(pair => pair.name.trim()).filter(Boolean)
    if (new Set(names).size < names.length) {
      return form.setError('udf', 'Two fields have the same name. Names are unique.')
    }
    if (await form.submit()) toast('Saved')
  }
  return (
    <form
      noValidate
      onSubmit={event => {
        event.preventDefault()
        void submit()
      }}
    >
      <Card
        title="Details"
        foot={
          mayWrite && (
            <>
              {form.dirty && <Button onClick={() => form.reset()}>Discard</Button>}
              <Button type="submit" kind="primary" busy={form.busy} disabled={!form.dirty}>
                Save
              </Button>
            </>
          )
        }
      >
        <TextField label="Name" readOnly={!mayWrite} {...form.text('name')} />
        <TextField
          label="Scope"
          help="A grouping of your own, by which the list of accounts can be filtered."
          readOnly={!mayWrite}
          {...form.text('scope')}
        />
        <Pairs
          label="Custom fields"
          help="Values of your own about the customer. Requests to your API can use them. They are not secret."
          noun="field"
          pairs={form.values.udf}
          disabled={!mayWrite}
          error={form.errorOf('udf')}
          onChange={udf => form.set('udf', udf)}
        />
        {form.problem && <Notice tone="bad">{form.problem}</Notice>}
      </Card>
    </form>
  )
}

function DangerZone({ account }: { account: Account }) {
  const [open, setOpen] = useState(false)
  return (
    <Card title="Delete account">
      <p>
        The account goes with its connections, tokens and links. Apps that are connected are revoked
        at their providers where that can be done.
      </p>
      <div>
        <Button kind="dangerQuiet" onClick={() => setOpen(true)}>
          Delete account
        </Button>
      </div>
      {open && <DeleteAccount account={account} onClose={() => setOpen(false)} />}
    </Card>
  )
}
