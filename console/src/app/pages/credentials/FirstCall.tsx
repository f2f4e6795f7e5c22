import { useState } from 'react'
import type { Environment } from '@/api/client'
import { keyVariable } from '@/app/curl'
import { useScope } from '@/app/scope'
import { useMay } from '@/app/session'
import { Button, Card, CodeBlock, Notice, Segmented, Tabs, toast, writeClipboard } from '@/ui'
import style from './Credentials.module.css'
import { environmentNames } from './keys'
import { snippets } from './snippets'
import { useReveal } from './useReveal'

/** A first call in the developer's language; the key is in a variable and not in the text. */
export function FirstCall() {
  const scope = useScope()
  const [environment, setEnvironment] = useState<Environment>(scope.environment)
  const [language, setLanguage] = useState('curl')
  return (
    <Card
      title="Make a call"
      description="Each of these lists your linked accounts and works as it stands."
      actions={
        <Segmented
          label="Environment of the call"
          value={environment}
          onChange={next => setEnvironment(next === 'live' ? 'live' : 'test')}
          segments={[
            { value: 'test', label: 'Test' },
            { value: 'live', label: 'Live' },
          ]}
        />
      }
    >
      <SetVariable key={environment} environment={environment} />
      <Tabs
        label="Language"
        value={language}
        onChange={setLanguage}
        tabs={snippets(location.origin, keyVariable(environment)).map(snippet => ({
          value: snippet.id,
          label: snippet.name,
          content: (
            <div className={style.snippet}>
              {snippet.before && <p className={style.quiet}>{snippet.before}</p>}
              <CodeBlock text={snippet.text} label={`${snippet.name} example`} />
            </div>
          ),
        }))}
      />
    </Card>
  )
}

/** The line that puts the key into the variable. What is shown is masked; what is copied is not. */
function SetVariable({ environment }: { environment: Environment }) {
  const mayReveal = useMay('keys.reveal')
  const reveal = useReveal(environment)
  const variable = keyVariable(environment)
  const copy = () =>
    reveal.withKey(async key => {
      await writeClipboard(`export ${variable}='${key}'`)
      reveal.hide()
      toast(`Line with the ${environmentNames[environment]} key copied`)
    })
  return (
    <div className={style.variable} data-environment={environment}>
      <code>
        export {variable}='trn_{environment}_…'
      </code>
      {mayReveal && (
        <Button small onClick={copy} busy={reveal.busy}>
          Copy with the key
        </Button>
      )}
      {reveal.problem && <Notice tone="bad">{reveal.problem}</Notice>}
      {reveal.dialog}
    </div>
  )
}
