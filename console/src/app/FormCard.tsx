import type { FormEvent, ReactNode } from 'react'
import { Card } from '@/ui'

type FormCardProps = {
  title: ReactNode
  description?: ReactNode
  /** The buttons; one of them has `type="submit"`. */
  foot: ReactNode
  onSubmit: () => unknown
  children: ReactNode
}

/** A card that is a form. */
export function FormCard({ onSubmit, ...card }: FormCardProps) {
  const submit = (event: FormEvent) => {
    event.preventDefault()
    void onSubmit()
  }
  return (
    <form onSubmit={submit} noValidate>
      <Card {...card} />
    </form>
  )
}
