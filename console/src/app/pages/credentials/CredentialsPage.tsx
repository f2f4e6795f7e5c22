import { Page } from '@/ui'

export const CredentialsPage = () => <Page title="CredentialsPage">{null}</Page>
