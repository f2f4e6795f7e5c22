import { Page } from '@/ui'

export const MembersPage = () => <Page title="MembersPage">{null}</Page>
